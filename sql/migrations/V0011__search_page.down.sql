drop function library.search_page(library.parsed_query, integer, integer, bigint, uuid);
drop function library.search_places(library.parsed_query, integer, bigint, uuid, integer, double precision, double precision,
  double precision);
drop function library.place_below(bigint, double precision);

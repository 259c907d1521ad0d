drop function library.find_slices(library.parsed_query, double precision, bigint, bigint);
drop function library.sliced_cost(library.parsed_query, double precision, integer);
drop function library.lookup_cost(tsquery, integer[], boolean, double precision);
drop function library.search_reach(integer, double precision, double precision);
drop function library.expected_tracks(tsquery, integer[], double precision);
drop function library.place_below(bigint, double precision);

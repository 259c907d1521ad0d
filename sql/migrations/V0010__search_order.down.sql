drop function library.match_key(text);
drop function library.match_text(text);
drop function library.parsed_text(text);
drop function library.search_order(smallint, uuid);

drop function library.placed_names(tsvector, smallint, uuid);
drop function library.order_slices(bigint);
drop function library.order_part(bigint);

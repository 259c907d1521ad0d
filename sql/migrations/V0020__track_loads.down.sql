drop table library.track_loads;

-- The tables go with their own step.
select 1;

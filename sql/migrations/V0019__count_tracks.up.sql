-- The tracks from before the triggers. A step of its own: the triggers' locks are gone by now.
select library.rebuild_words();

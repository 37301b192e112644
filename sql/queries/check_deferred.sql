-- check_deferred / / nothing; runs the constraints and triggers that are deferred to the commit
set constraints all immediate;

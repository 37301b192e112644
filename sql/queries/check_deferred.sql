-- check_deferred / / nothing; constraints and triggers that wait for the end of the transaction come now
set constraints all immediate;

-- nothing / nothing
-- See src/store/user_source.cpp. It cannot be taken back in the transaction.
set transaction read only;

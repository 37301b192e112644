-- Has PostgreSQL parse a query, and forget it.
prepare :statement as :query
deallocate :statement;

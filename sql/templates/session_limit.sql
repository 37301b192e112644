set :name = :limit_ms;

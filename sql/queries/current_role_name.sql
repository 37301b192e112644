-- current_role_name / / one row: the role whose rights this connection has
select current_user::text;

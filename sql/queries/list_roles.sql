-- list_roles / / name and number of users of each role, by name bytewise
select r.name::text, count(ur.user_id)::text
from :accounts.role r
left join :accounts.user_role ur on ur.role_id = r.id
group by r.id, r.name
order by r.name::text collate "C";

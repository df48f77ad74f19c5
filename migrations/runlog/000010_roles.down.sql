-- Roles belong to the whole server: other databases may use them.
select 1;

alter table run_requests drop column first_answer;

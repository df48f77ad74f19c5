drop table first_answers;

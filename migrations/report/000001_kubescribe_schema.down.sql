drop schema kubescribe cascade;

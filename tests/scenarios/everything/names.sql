-- Names that are easily got wrong.
create schema "a""b.c 'd' \e";
create table "a""b.c 'd' \e"."tab	le
newline" ("co	l
n" int, "%s %n" text); insert into "a""b.c 'd' \e"."tab	le
newline" values (1, '%d');
create table "n2345678901234567890123456789012345678901234567890123456789_aaa" (id serial primary key, x int references "n2345678901234567890123456789012345678901234567890123456789_aaa");
create table "n2345678901234567890123456789012345678901234567890123456789_aab" (id serial primary key, x int unique, check (x > 0));
insert into "n2345678901234567890123456789012345678901234567890123456789_aaa" (x) values (1),(1);
create table "select" ("from" int, "where" int, "Select" int); insert into "select" values (1,2,3);

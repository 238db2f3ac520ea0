create table customers (
  id bigint not null, email text not null, name text not null, city text not null, country char(2) not null,
  created_at timestamptz not null, balance numeric(12, 2) not null, preferences jsonb not null, changes int not null
);
create table products (
  id bigint not null, sku text not null, title text not null, description text not null,
  price numeric(12, 2) not null, attributes jsonb not null, changes int not null
);
create table orders (
  id bigint not null, customer_id bigint not null, status text not null, total numeric(12, 2) not null,
  currency char(3) not null, placed_at timestamptz not null, note text, changes int not null
);
create table order_lines (
  id bigint not null, order_id bigint not null, product_id bigint not null, quantity int not null,
  unit_price numeric(12, 2) not null, changes int not null
);
create table events (
  id bigint not null, customer_id bigint not null, kind text not null, occurred_at timestamptz not null,
  payload jsonb not null, changes int not null
);
create table reviews (
  id bigint not null, product_id bigint not null, customer_id bigint not null, stars int not null,
  written_at timestamptz not null, body text not null, votes int not null, changes int not null
);

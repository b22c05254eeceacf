-- Makes a database and a role for each service; none can connect to another's.
-- Run once by psql as the administrator; passwords come from the environment.

\set ON_ERROR_STOP on

\getenv directory_password DIRECTORY_DATABASE_PASSWORD
CREATE ROLE directory LOGIN PASSWORD :'directory_password';
CREATE DATABASE directory OWNER directory;
REVOKE ALL ON DATABASE directory FROM PUBLIC;

\getenv orders_password ORDERS_DATABASE_PASSWORD
CREATE ROLE orders LOGIN PASSWORD :'orders_password';
CREATE DATABASE orders OWNER orders;
REVOKE ALL ON DATABASE orders FROM PUBLIC;

\getenv promotion_password PROMOTION_DATABASE_PASSWORD
CREATE ROLE promotion LOGIN PASSWORD :'promotion_password';
CREATE DATABASE promotion OWNER promotion;
REVOKE ALL ON DATABASE promotion FROM PUBLIC;

\getenv cs_password CS_DATABASE_PASSWORD
CREATE ROLE cs LOGIN PASSWORD :'cs_password';
CREATE DATABASE cs OWNER cs;
REVOKE ALL ON DATABASE cs FROM PUBLIC;

\getenv inventory_password INVENTORY_DATABASE_PASSWORD
CREATE ROLE inventory LOGIN PASSWORD :'inventory_password';
CREATE DATABASE inventory OWNER inventory;
REVOKE ALL ON DATABASE inventory FROM PUBLIC;

\getenv reporting_password REPORTING_DATABASE_PASSWORD
CREATE ROLE reporting LOGIN PASSWORD :'reporting_password';
CREATE DATABASE reporting OWNER reporting;
REVOKE ALL ON DATABASE reporting FROM PUBLIC;

REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;

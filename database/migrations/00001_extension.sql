-- +goose Up
-- The program creates the extension with the right privileges before it migrates, so this does
-- nothing then. It is here so that the migrations alone say what the tables below rely on.
CREATE EXTENSION IF NOT EXISTS vector;

-- +goose Down
SELECT 1; -- the extension stays: other schemas of the database may use it

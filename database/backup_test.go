package database_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaohe/database"
	"xiaohe/database/dbtest"
)

// example is a database with something of every kind that a backup must bring back.
func example(t *testing.T) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{URL: dbtest.URL(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	exec1(t, db, `CREATE TYPE backup_mood AS ENUM ('好', '坏');
		CREATE FUNCTION backup_answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
		CREATE TABLE backup_thing (id bigserial PRIMARY KEY, text text NOT NULL, mood backup_mood, v vector(2), answer int DEFAULT backup_answer());
		CREATE INDEX ON backup_thing USING hnsw (v vector_l2_ops);
		CREATE VIEW backup_view AS SELECT text FROM backup_thing;
		INSERT INTO backup_thing (text, mood, v)
			SELECT '困境儿童 ' || n || md5(n::text), '好', '[1,2]' FROM generate_series(1, 5000) AS n`)
	return db
}

const fingerprint = "SELECT hashtext(string_agg(t::text, ',' ORDER BY id)) FROM backup_thing AS t"

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	db := example(t)
	before := number(t, db, fingerprint)
	path := filepath.Join(t.TempDir(), "备份 1.dump")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	exec1(t, db, "UPDATE backup_thing SET text = 'lost'; DROP VIEW backup_view; CREATE TABLE later (n int); CREATE DOMAIN later_domain AS int")
	if err := db.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if after := number(t, db, fingerprint); after != before {
		t.Errorf("the rows differ")
	}
	if n := number(t, db, "SELECT count(*) FROM backup_view"); n != 5000 {
		t.Errorf("the view shows %d rows", n)
	}
	if n := number(t, db, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('later')"); n != 0 {
		t.Errorf("what was made after the backup is still there")
	}
	exec1(t, db, "INSERT INTO backup_thing (text) VALUES ('the sequence goes on')")
	// what was restored can be backed up and restored again
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("left beside the backup: %v (%v)", files, err)
	}
}

func TestBackupBringsBackRulesAndCases(t *testing.T) {
	t.Parallel()
	db := example(t)
	exec1(t, db, `INSERT INTO regions VALUES ('100000000000', 0, NULL, '全国', '全国', '');
		INSERT INTO conversations (id, site_id, opener_id, region_code, channel) SELECT uuid, 'self', uuid, '100000000000', 'widget' FROM gen_random_uuid() AS uuid;
		INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, ai_generated)
			SELECT id, 1, id, 'user', id, 'message-1', 'text', false FROM conversations;
		INSERT INTO rule_sets (version, origin, files, activated_at, active) VALUES ('0123456789ab', 'upload', '{"facts.yaml": "{}"}', now(), true);
		INSERT INTO case_states (conversation_id, user_seq, state, rules_version, verdicts) SELECT id, 1, '{}', '0123456789ab', '{}' FROM conversations;
		INSERT INTO benefit_asks (benefit, body, lex) VALUES ('最低生活保障', '低保多少钱', '{1:1}/1000000000')`)
	path := filepath.Join(t.TempDir(), "backup")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	exec1(t, db, "DELETE FROM case_states; DELETE FROM rule_sets; DELETE FROM benefit_asks")
	if err := db.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if n := number(t, db, "SELECT count(*) FROM case_states JOIN rule_sets ON version = rules_version AND active, benefit_asks"); n != 1 {
		t.Errorf("%d cases with their rules came back, want 1", n)
	}
}

func TestBackupOfAPrivateCluster(t *testing.T) {
	t.Parallel()
	db := open(t, clusterDir(t))
	exec1(t, db, "CREATE TABLE kept AS SELECT 42 AS n, '[1,2]'::vector AS v")
	path := filepath.Join(t.TempDir(), "backup")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	// into another, fresh cluster
	other := open(t, clusterDir(t))
	if err := other.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if n := number(t, other, "SELECT n FROM kept WHERE v <-> '[1,2]' = 0"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}

func TestOlderBackupIsMigrated(t *testing.T) {
	t.Parallel()
	db := example(t)
	exec1(t, db, "DELETE FROM goose_db_version WHERE version_id > 1; DROP TABLE IF EXISTS backup_thing CASCADE")
	dropMigrated(t, db)
	path := filepath.Join(t.TempDir(), "backup")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	status, err := db.Status(t.Context())
	if err != nil || status.Migration != status.Latest {
		t.Errorf("status %+v, %v", status, err)
	}
}

// dropMigrated removes every table but the record of migrations, every function and every type, as it was at version 1.
func dropMigrated(t *testing.T, db *database.DB) {
	t.Helper()
	exec1(t, db, `DO $$DECLARE name text; BEGIN
		FOR name IN SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
			AND relkind IN ('r', 'p') AND relname <> 'goose_db_version' LOOP
			EXECUTE 'DROP TABLE IF EXISTS ' || name || ' CASCADE';
		END LOOP;
		FOR name IN SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace LOOP
			EXECUTE 'DROP FUNCTION IF EXISTS ' || name || ' CASCADE';
		END LOOP;
		FOR name IN SELECT oid::regtype::text FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype = 'e' LOOP
			EXECUTE 'DROP TYPE IF EXISTS ' || name || ' CASCADE';
		END LOOP; END$$`)
}

func TestRestoreRefusesAndChangesNothing(t *testing.T) {
	t.Parallel()
	db := example(t)
	before := number(t, db, fingerprint)
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := db.Backup(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(backup)
	copy(damaged[len(damaged)*3/4:], make([]byte, 100))
	for name, test := range map[string]struct {
		content []byte
		message string
	}{
		"an empty file":         {nil, "不是小禾的备份文件"},
		"text":                  {[]byte("DROP TABLE thing;"), "不是小禾的备份文件"},
		"the right first bytes": {[]byte("PGDMP and then nothing that makes sense"), "已损坏"},
		"half a backup":         {backup[:len(backup)/2], "已损坏"},
		"all but the end":       {backup[:len(backup)-10], "已损坏"},
		"damaged data":          {damaged, "已损坏"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, name, db.Restore(t.Context(), path), test.message)
		if after := number(t, db, fingerprint); after != before {
			t.Fatalf("%s: the rows differ", name)
		}
	}
	wantRefusal(t, "no file", db.Restore(t.Context(), filepath.Join(dir, "nothing")), "找不到")
	wantRefusal(t, "another schema", example(t).Restore(t.Context(), good), "不能恢复")
}

func TestRestoreRefusesANewerBackup(t *testing.T) {
	t.Parallel()
	db := example(t)
	exec1(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	path := filepath.Join(t.TempDir(), "backup")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	exec1(t, db, "DELETE FROM goose_db_version WHERE version_id = 99999")
	before := number(t, db, fingerprint)
	wantRefusal(t, "newer", db.Restore(t.Context(), path), "升级")
	if after := number(t, db, fingerprint); after != before {
		t.Error("the rows differ")
	}
}

func TestBackupToAnImpossiblePath(t *testing.T) {
	t.Parallel()
	db := example(t)
	dir := t.TempDir()
	wantRefusal(t, "a directory", db.Backup(t.Context(), dir), "目录")
	wantRefusal(t, "no such directory", db.Backup(t.Context(), filepath.Join(dir, "none", "backup")), "不存在")
}

func wantRefusal(t *testing.T, what string, err error, message string) {
	t.Helper()
	var user *database.UserError
	if !errors.As(err, &user) || !strings.Contains(user.Message, message) {
		t.Errorf("%s: error %v, want a message with %q", what, err, message)
	}
}

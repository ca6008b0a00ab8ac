package database

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// Backup writes everything in the program's schema to path, in pg_dump's custom format, as of one
// moment. A file at path is replaced only when the new one is complete and on the disk.
func (db *DB) Backup(ctx context.Context, path string) (err error) {
	t, err := db.tools(ctx)
	if err != nil {
		return err
	}
	var schema string
	if err := db.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &UserError{Message: path + " 是一个目录，请写上备份文件的名字"}
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return backupFileError(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	defer file.Close()
	if err := t.dump(ctx, schema, file.Name()); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return backupFileError(path, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return backupFileError(path, err)
	}
	return backupFileError(path, syncDir(filepath.Dir(path)))
}

// dump writes the schema to file. The vector extension goes along, so that pg_restore alone can
// put the backup into an empty database. Owners and rights do not: they name roles of this server.
//
// pg_dump opens the file itself: what newer versions write to their standard output is not checked
// to its end when it is read, and so can be cut off without notice.
func (t tools) dump(ctx context.Context, schema, path string) error {
	cmd := t.command(ctx, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password",
		"--schema="+pgx.Identifier{schema}.Sanitize(), "--extension=vector", "--file="+absolute(path), "--dbname="+t.address)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return outputError("备份", complaints.String(), err)
	}
	return nil
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func backupFileError(path string, err error) error {
	if err == nil {
		return nil
	}
	if os.IsNotExist(err) {
		return &UserError{"备份文件的目录不存在：" + filepath.Dir(path), err}
	}
	if os.IsPermission(err) {
		return &UserError{"没有权限写入备份文件 " + path, err}
	}
	return &UserError{"写入备份文件 " + path + " 失败", err}
}

package database

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
)

// tools are PostgreSQL's client programs together with the database they work on.
type tools struct {
	installation
	address string // without the password
}

// tools finds the client programs for the server: of its major version, or else the next newer
// one, since older ones refuse to work with a newer server.
func (db *DB) tools(ctx context.Context) (tools, error) {
	var version int
	if err := db.QueryRow(ctx, "SELECT current_setting('server_version_num')::int / 10000").Scan(&version); err != nil {
		return tools{}, connectError(err)
	}
	address, password, err := forLibpq(db.url)
	if err != nil {
		return tools{}, err
	}
	prefix := ""
	if db.keeper != nil {
		prefix = db.keeper.place.prefix()
	}
	best := installation{}
	for _, bin := range binDirs(prefix) {
		if !hasPrograms(bin, "pg_dump", "pg_restore", "psql") {
			continue
		}
		i := at(bin, prefix)
		i.major = majorOf(ctx, i, "pg_dump")
		if i.major >= version && (best.major == 0 || i.major < best.major) {
			best = i
		}
	}
	if best.major == 0 {
		return tools{}, &UserError{Message: fmt.Sprintf("备份和恢复需要 PostgreSQL %d 的客户端程序（pg_dump、pg_restore、psql）。"+
			"Debian/Ubuntu 请安装：sudo apt-get install -y postgresql-client-%d", version, version)}
	}
	if password != "" {
		// not on the command line, which every user of the machine can read
		best.env = append(best.env, "PGPASSWORD="+password)
	}
	return tools{best, address}, nil
}

func hasPrograms(bin string, names ...string) bool {
	for _, name := range names {
		if _, err := exec.LookPath(filepath.Join(bin, name)); err != nil {
			return false
		}
	}
	return true
}

// libpqParameters are the URL parameters that PostgreSQL's own programs understand as pgx does.
var libpqParameters = []string{
	"host", "port", "user", "dbname", "passfile", "connect_timeout", "client_encoding", "options", "application_name",
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "target_session_attrs", "krbsrvname",
}

// forLibpq rewrites an address of pgx for PostgreSQL's own programs, which stop at a parameter
// that they do not know. The password comes separately.
func forLibpq(address string) (clean, password string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", urlError(nil) // the cause quotes the password
	}
	given, err := parseQuery(u)
	if err != nil {
		return "", "", urlError(nil)
	}
	kept := url.Values{}
	for _, name := range libpqParameters {
		if given.Has(name) {
			kept.Set(name, given.Get(name))
		}
	}
	if path := given.Get("search_path"); path != "" {
		path = strings.ReplaceAll(strings.ReplaceAll(path, `\`, `\\`), " ", `\ `)
		kept.Set("options", strings.TrimSpace(kept.Get("options")+" -csearch_path="+path))
	}
	password = given.Get("password")
	if u.User != nil {
		if p, ok := u.User.Password(); ok {
			password = p
		}
		u.User = url.User(u.User.Username())
	}
	u.RawQuery = encodeQuery(kept)
	return u.String(), password, nil
}

// absolute is for the arguments of programs that do not run in the current directory.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

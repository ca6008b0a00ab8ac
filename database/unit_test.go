package database

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersionLess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		less bool
	}{
		{"0.7.4", "0.8.0", true}, {"0.8.0", "0.8.0", false}, {"0.8.0-1", "0.8.0", false},
		{"0.8", "0.8.0", true}, {"0.10.0", "0.8.0", false}, {"1.0", "0.8.0", false}, {"", "0.8.0", true},
	} {
		if got := versionLess(test.a, test.b); got != test.less {
			t.Errorf("versionLess(%q, %q) = %v", test.a, test.b, got)
		}
	}
}

func TestForLibpq(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ address, clean, password string }{
		{"postgres://u:p%40@h:5433/d?sslmode=require&pool_max_conns=9", "postgres://u@h:5433/d?sslmode=require", "p@"},
		{"postgres:///d?host=/a%20b&user=u&password=p+q", "postgres:///d?host=%2Fa%20b&user=u", "p+q"},
		{"postgres://h/d?search_path=a,public", "postgres://h/d?options=-csearch_path%3Da%2Cpublic", ""},
		{"postgres://h/d?default_query_exec_mode=exec&options=-cjit%3Doff", "postgres://h/d?options=-cjit%3Doff", ""},
	} {
		clean, password, err := forLibpq(test.address)
		if err != nil || clean != test.clean || password != test.password {
			t.Errorf("%s: got %q, %q, %v; want %q, %q", test.address, clean, password, err, test.clean, test.password)
		}
	}
}

func TestServerLogIsLimited(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	log, err := openServerLog(path, account{})
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 1<<16))
	for range 3 * maxLog / len(line) {
		_, _ = log.Write(line)
	}
	_, _ = log.Write([]byte("the last words"))
	log.close()
	for _, name := range []string{path, path + ".1"} {
		if info, err := os.Stat(name); err != nil || info.Size() > maxLog+int64(len(line)) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if !strings.HasSuffix(log.recent(), "the last words") || len(log.recent()) > 8<<10 {
		t.Errorf("the memory holds %d bytes", len(log.recent()))
	}
}

func TestPickWantsTheRightPostgreSQL(t *testing.T) {
	t.Parallel()
	all := []installation{{bin: "old", major: 14, vector: "0.8.0"}, {bin: "bare", major: 17}, {bin: "stale", major: 16, vector: "0.6.0"},
		{bin: "good", major: 15, vector: "0.8.0"}, {bin: "newer", major: 18, vector: "0.8.1"}}
	for major, want := range map[int]string{0: "good", 15: "good", 18: "newer"} {
		if i, ok := pick(all, major); !ok || i.bin != want {
			t.Errorf("for %d picked %q", major, i.bin)
		}
	}
	for _, major := range []int{14, 16, 17} {
		if i, ok := pick(all, major); ok {
			t.Errorf("for %d picked %q, want none", major, i.bin)
		}
		if message := missing(all, major, nil).Error(); !strings.Contains(message, "docker compose up") {
			t.Errorf("message %q", message)
		}
	}
}

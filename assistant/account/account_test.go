package account_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// bench is a store over a schema of its own, with a clock that stands still unless it is moved.
type bench struct {
	*account.Store
	t    *testing.T
	pool *pgxpool.Pool

	mu      sync.Mutex
	now     time.Time
	changed []uuid.UUID
}

func setup(t *testing.T) *bench {
	b := &bench{t: t, pool: dbtest.New(t), now: time.Now().UTC().Truncate(time.Microsecond)}
	b.exec(`INSERT INTO regions (code, level, parent_code, name, short_name, prefix) VALUES ('100000000000', 0, NULL, '中国', '中国', ''),
		('330000000000', 1, '100000000000', '浙江省', '浙江', '33'), ('330100000000', 2, '330000000000', '杭州市', '杭州', '3301'),
		('330106000000', 3, '330100000000', '西湖区', '西湖', '330106')`)
	store, err := account.New(t.Context(), b.pool, b.clock)
	b.must(err)
	store.Changed = func(id uuid.UUID) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changed = append(b.changed, id)
	}
	b.Store = store
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// told tells whether somebody's sockets were to be checked anew, since it was last asked.
func (b *bench) told(id uuid.UUID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := slices.Contains(b.changed, id)
	b.changed = nil
	return was
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) expect(got, want error) {
	b.t.Helper()
	if !errors.Is(got, want) {
		b.t.Errorf("got %v, want %v", got, want)
	}
}

// refused expects a Chinese sentence.
func (b *bench) refused(err error, want string) {
	b.t.Helper()
	var input *knowledge.InputError
	if !errors.As(err, &input) || !strings.Contains(input.Message, want) {
		b.t.Errorf("got %v, want a sentence about %q", err, want)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), sql, args...)
	b.must(err)
}

func (b *bench) count(sql string, args ...any) (n int) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), sql, args...).Scan(&n))
	return n
}

func of[T any](v T) *T { return &v }

const secret = "湖边第三棵柳树"

// chosen is long enough.
const chosen = secret + "下面坐着"

func from(ip string) audit.Actor {
	return audit.Actor{Role: "user", Request: "r", IP: netip.MustParseAddr(ip)}
}

var office = from("192.0.2.1")

// add makes an account with a password of its own.
func (b *bench) add(login, role string) account.Staff {
	b.t.Helper()
	staff, oneTime, err := b.Add(b.t.Context(), audit.System, login, account.Change{Name: of("王老师"), Role: of(role), Scopes: of([]string{"330106"})}, chosen, false)
	b.must(err)
	if oneTime != "" {
		b.t.Error("a password that was given is another one")
	}
	return staff
}

func (b *bench) login(login string) (string, account.Session) {
	b.t.Helper()
	token, _, err := b.Login(b.t.Context(), login, chosen, office)
	b.must(err)
	session, err := b.Session(b.t.Context(), token)
	b.must(err)
	return token, session
}

func TestAnAccountBeginsWithAOneTimePassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff, oneTime, err := b.Add(t.Context(), audit.System, " Wang.Fang ", account.Change{Name: of("王老师"), Role: of("worker"),
		Scopes: of([]string{"330106", "3301"}), Skills: of([]string{"自杀危机", "法律", "法律"}), Capacity: of(6)}, "", false)
	b.must(err)
	if staff.Login != "wang.fang" || !staff.MustChange || !staff.CanReply || staff.Capacity != 6 || staff.Duty != "off" || len(oneTime) != 19 ||
		!slices.Equal(staff.Scopes, []string{"3301", "330106"}) || len(staff.Skills) != 2 {
		t.Errorf("%+v %q", staff, oneTime)
	}
	token, _, err := b.Login(t.Context(), "WANG.FANG", oneTime, office)
	b.must(err)
	session, err := b.Session(t.Context(), token)
	b.must(err)
	if !session.MustChange {
		t.Error("a one-time password need not be changed")
	}
	ticket, _, err := b.OpenTicket(t.Context(), session)
	b.must(err)
	_, err = b.RedeemTicket(t.Context(), ticket)
	b.expect(err, account.ErrNoSession) // no socket before the password is changed

	_, err = b.ChangePassword(t.Context(), session, office, "wrong", chosen)
	b.expect(err, account.ErrCredentials)
	_, err = b.ChangePassword(t.Context(), session, office, oneTime, "短口令")
	b.refused(err, "太短")
	again, err := b.ChangePassword(t.Context(), session, office, oneTime, chosen)
	b.must(err)
	if !b.told(staff.ID) {
		t.Error("the sockets of the old password stay")
	}
	_, err = b.Session(t.Context(), token)
	b.expect(err, account.ErrNoSession) // rotated
	session, err = b.Session(t.Context(), again)
	b.must(err)
	if session.MustChange {
		t.Error("the password has to be changed again")
	}
	_, _, err = b.Login(t.Context(), "wang.fang", oneTime, office)
	b.expect(err, account.ErrCredentials)
}

func TestWrongAccountsAreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add("wang", "worker")
	worker := func(c account.Change) account.Change {
		if c.Name == nil {
			c.Name = of("李老师")
		}
		if c.Role == nil {
			c.Role = of("worker")
		}
		return c
	}
	for name, c := range map[string]struct {
		login string
		with  account.Change
		want  string
	}{
		"taken":              {"Wang", worker(account.Change{}), "已经有"},
		"one letter":         {"w", worker(account.Change{}), "登录名"},
		"spaces":             {"wang fang", worker(account.Change{}), "登录名"},
		"no name":            {"li", worker(account.Change{Name: of(" ")}), "姓名"},
		"a long name":        {"li", worker(account.Change{Name: of(strings.Repeat("长", 21))}), "姓名"},
		"a line in the name": {"li", worker(account.Change{Name: of("李\n老师")}), "姓名"},
		"an unknown role":    {"li", worker(account.Change{Role: of("boss")}), "角色"},
		"capacity":           {"li", worker(account.Change{Capacity: of(21)}), "20"},
		"an unknown region":  {"li", worker(account.Change{Scopes: of([]string{"330106", "99"})}), "地区"},
		"an odd skill":       {"li", worker(account.Change{Skills: of([]string{"a b"})}), "技能"},
		"replies of others":  {"li", worker(account.Change{Role: of("officer"), CanReply: of(true)}), "只有社工和督导"},
	} {
		_, _, err := b.Add(t.Context(), audit.System, c.login, c.with, chosen, false)
		t.Run(name, func(*testing.T) { b.refused(err, c.want) })
	}
	if n := b.count(`SELECT count(*) FROM workers`); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

func TestPasswordsThatPeopleGuessAreRefused(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"123456789":               "太短",
		"三个字的口令":                  "太短",
		"1234567890":              "容易猜到",
		"aaaaaaaaaaaa":            "容易猜到",
		"abababababab":            "容易猜到",
		"Passw0rd!!":              "很多人",
		"P@ssword2026":            "很多人",
		"xiaohe888888":            "很多人",
		"woaini1314520":           "很多人",
		"minzhengju123":           "很多人",
		"儿童主任123456":              "很多人",
		"qwertyuiop123":           "很多人",
		"wang.fang2026":           "登录名或姓名",
		"王芳芳2026010":              "登录名或姓名",
		strings.Repeat("长久", 101): "太长",
		"有\x00看不见的字符在里面":          "看不见",
		"\xff\xfe1234567890":      "看不见",
	} {
		var input *knowledge.InputError
		if err := account.CheckPassword(password, "wang.fang", "王芳芳"); !errors.As(err, &input) || !strings.Contains(input.Message, want) {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
	for _, password := range []string{chosen, "correct horse battery", "hB7#kd0!mQz", "苹果 自行车 钢琴 云", "K7QM-3XWD-HTAP-RS2U", "wang.fang likes green tea"} {
		if err := account.CheckPassword(password, "wang.fang", "王芳芳"); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestRightsChangeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff := b.add("wang", "worker")
	token, session := b.login("wang")
	b.must(b.SetDuty(t.Context(), audit.Actor{ID: staff.ID, Role: "worker"}, "on"))
	if !b.told(staff.ID) {
		t.Error("nobody was told of the duty")
	}
	_, err := b.Set(t.Context(), audit.System, "wang", account.Change{Role: of("supervisor"), Scopes: of([]string{"33", ""}), CanReply: of(true)})
	b.must(err)
	if !b.told(staff.ID) {
		t.Error("nobody was told of the role")
	}
	now, err := b.Session(t.Context(), token)
	b.must(err)
	if !now.Supervises() || now.Duty != "on" || !slices.Equal(now.Scopes, []string{"", "33"}) {
		t.Errorf("%+v", now.Staff)
	}
	after, err := b.Set(t.Context(), audit.System, "wang", account.Change{Role: of("auditor")})
	b.must(err)
	if after.CanReply || after.Duty != "off" {
		t.Errorf("an auditor keeps what a supervisor had: %+v", after)
	}
	_, err = b.Set(t.Context(), audit.System, "wang", account.Change{CanReply: of(true)})
	b.refused(err, "只有社工和督导")
	after, err = b.Set(t.Context(), audit.System, "wang", account.Change{Role: of("worker")})
	b.must(err)
	if !after.CanReply {
		t.Error("somebody who becomes a worker cannot reply")
	}
	_, err = b.Set(t.Context(), audit.System, "wang", account.Change{Role: of("auditor")})
	b.must(err)
	b.expect(b.SetDuty(t.Context(), audit.Actor{ID: staff.ID}, "on"), account.ErrNotFound)
	b.refused(b.SetDuty(t.Context(), audit.Actor{ID: staff.ID}, "asleep"), "值班")
	_, err = b.Set(t.Context(), audit.System, "nobody", account.Change{Role: of("auditor")})
	b.expect(err, account.ErrNotFound)

	_, err = b.Disable(t.Context(), audit.System, "wang")
	b.must(err)
	if !b.told(staff.ID) {
		t.Error("nobody was told of the end")
	}
	_, err = b.Touch(t.Context(), session.Hash)
	b.expect(err, account.ErrNoSession)
	_, err = b.Enable(t.Context(), audit.System, "wang")
	b.must(err)
	_, err = b.Touch(t.Context(), session.Hash)
	b.expect(err, account.ErrNoSession) // the old session does not come back
	b.login("wang")
	if n := b.count(`SELECT count(DISTINCT action) FROM audit_log WHERE action IN ('worker.added', 'worker.changed', 'worker.duty', 'worker.disabled', 'worker.enabled', 'login')`); n != 6 {
		t.Errorf("%d kinds of rows in the log, want 6", n)
	}
}

func TestAPasswordFromSomebodyElseEndsAllSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff := b.add("wang", "worker")
	token, _ := b.login("wang")
	oneTime, err := b.SetPassword(t.Context(), audit.System, "wang", "")
	b.must(err)
	if !b.told(staff.ID) || oneTime == "" {
		t.Errorf("told, one-time password %q", oneTime)
	}
	_, err = b.Session(t.Context(), token)
	b.expect(err, account.ErrNoSession)
	_, after, err := b.Login(t.Context(), "wang", oneTime, office)
	b.must(err)
	if !after.MustChange {
		t.Error("it need not be changed")
	}
	_, err = b.SetPassword(t.Context(), audit.System, "wang", "1234567890")
	b.refused(err, "容易猜到")
	_, err = b.SetPassword(t.Context(), audit.System, "nobody", "")
	b.expect(err, account.ErrNotFound)
}

// A name that looks like another one's would let somebody pass for a colleague.
func TestNamesHoldNoSignsThatNobodySees(t *testing.T) {
	t.Parallel()
	b := setup(t)
	role := account.Worker
	for _, name := range []string{"王\u200b老师", "王\u202e师老", "王老师\ufeff", "王\u2028老师", "王\x00老师", "王\xff老师", "王\n老师"} {
		_, _, err := b.Add(t.Context(), audit.System, "wang", account.Change{Name: &name, Role: &role}, "", false)
		var input *knowledge.InputError
		if !errors.As(err, &input) {
			t.Errorf("%q: %v", name, err)
		}
	}
	name := "古丽·阿依 Wang"
	_, _, err := b.Add(t.Context(), audit.System, "wang", account.Change{Name: &name, Role: &role}, "", false)
	b.must(err)
}

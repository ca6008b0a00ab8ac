package database

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strings"
	"time"
)

//go:embed bootstrap.sh
var bootstrapScript string

// bootstrapLimit is generous: a slow mirror delivers some 40 MB.
const bootstrapLimit = 15 * time.Minute

// provide returns the programs for the cluster at p. Where the machine has none and apt can bring
// them, it installs them.
func provide(ctx context.Context, p place, say func(string, ...any)) (installation, error) {
	major, err := p.major()
	if err != nil {
		return installation{}, err
	}
	all := findInstallations(p.prefix())
	if i, ok := pick(all, major); ok {
		return i, nil
	}
	if !hasApt() || major != 0 && major < minMajor {
		return installation{}, missing(all, major, nil)
	}
	if err := bootstrap(ctx, p, major, say); err != nil {
		return installation{}, missing(all, major, err)
	}
	all = findInstallations(p.prefix())
	if i, ok := pick(all, major); ok {
		return i, nil
	}
	return installation{}, missing(all, major, errors.New("the installation has finished but is not found"))
}

// provideAccount installs PostgreSQL before root chooses a user for the server, where neither is
// there: the packages bring the user postgres.
func provideAccount(ctx context.Context, dir string, say func(string, ...any)) error {
	if os.Geteuid() != 0 || !hasApt() {
		return nil
	}
	if _, err := user.Lookup("postgres"); err == nil {
		return nil
	}
	_, err := provide(ctx, place{dir: absolute(dir)}, say)
	return err
}

func hasApt() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil
}

// bootstrap installs PostgreSQL and pgvector: into the system with root's rights, where there is a
// way to them that asks no password, or else beside the cluster.
func bootstrap(ctx context.Context, p place, major int, say func(string, ...any)) error {
	ctx, cancel := context.WithTimeout(ctx, bootstrapLimit)
	defer cancel()
	wanted := ""
	if major != 0 {
		wanted = fmt.Sprint(major)
	}
	say("本机缺少 PostgreSQL 或 pgvector，正在自动安装（只需一次，约一分钟）")
	if os.Geteuid() == 0 {
		return runScript(exec.CommandContext(ctx, "/bin/sh", "-c", bootstrapScript, "bootstrap", "system", wanted, ""), say)
	}
	// -n: never ask for a password; nobody may be there to answer
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil {
		err := runScript(exec.CommandContext(ctx, "sudo", "-n", "/bin/sh", "-c", bootstrapScript, "bootstrap", "system", wanted, ""), say)
		if err == nil || ctx.Err() != nil {
			return err
		}
		say("安装到系统没有成功，改为安装到数据目录")
	}
	return runScript(exec.CommandContext(ctx, "/bin/sh", "-c", bootstrapScript, "bootstrap", "private", wanted, p.prefix()), say)
}

// runScript runs the script with the user's own environment, since downloads may need a proxy. It
// passes on what the script says and turns its last words into the error.
func runScript(cmd *exec.Cmd, say func(string, ...any)) error {
	var details bytes.Buffer
	cmd.Stderr = &details
	cmd.WaitDelay = 5 * time.Second
	// the script removes its temporary directory when it is asked to end, not when it is killed
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	reason := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line, failed := strings.CutPrefix(lines.Text(), "错误："); failed {
			reason = line
		} else {
			say("%s", line)
		}
	}
	if err := cmd.Wait(); err != nil {
		if reason == "" {
			reason = "自动安装失败"
		}
		return &UserError{reason, fmt.Errorf("%w: %s", err, lastLines(details.String(), 5))}
	}
	return nil
}

// missing explains what the machine lacks and what to do, in commands to copy.
func missing(all []installation, major int, cause error) error {
	var b strings.Builder
	switch {
	case major != 0:
		fmt.Fprintf(&b, "数据目录里的数据库属于 PostgreSQL %d，本机没有带 pgvector 的 PostgreSQL %d。数据没有改动。", major, major)
	case len(all) == 0:
		fmt.Fprintf(&b, "本机没有 PostgreSQL %d 或更新的版本。", minMajor)
	default:
		b.WriteString("本机的 PostgreSQL 不能直接使用：")
		for n, i := range all {
			if n > 0 {
				b.WriteString("；")
			}
			b.WriteString(i.complaint())
		}
		b.WriteString("。")
	}
	var user *UserError
	if errors.As(cause, &user) {
		fmt.Fprintf(&b, "\n自动安装没有成功：%s", user.Message)
		cause = user.Err
	}
	b.WriteString("\n\n请任选一种办法：\n" + instructions(major) +
		"  · 用容器启动：docker compose up\n" +
		"  · 使用现有的数据库：--database postgres://用户:密码@主机/库名\n")
	return &UserError{b.String(), cause}
}

func (i installation) complaint() string {
	switch {
	case i.major < minMajor:
		return fmt.Sprintf("%s 是 %d，需要 %d 以上", i.bin, i.major, minMajor)
	case i.vector == "":
		return fmt.Sprintf("PostgreSQL %d（%s）没有安装 pgvector", i.major, i.bin)
	case versionLess(i.vector, minVector):
		return fmt.Sprintf("PostgreSQL %d（%s）的 pgvector 是 %s，需要 %s 以上", i.major, i.bin, i.vector, minVector)
	default:
		return fmt.Sprintf("%s 是 %d", i.bin, i.major)
	}
}

// instructions are the commands of this system's package manager.
func instructions(major int) string {
	other := ""
	if major == 0 {
		major = 17
	} else {
		other = "  · 换一个数据目录，从空的数据库开始：--data 目录\n"
	}
	has := func(name string) bool { _, err := exec.LookPath(name); return err == nil }
	switch {
	case runtime.GOOS == "darwin":
		return fmt.Sprintf("  · 安装后重新运行：brew install postgresql@%d pgvector\n", major) + other
	case has("apt-get") && os.Geteuid() == 0:
		return "  · 检查网络和 apt 的软件源，然后重新运行：apt-get update\n" + other
	case has("apt-get"):
		return "  · 安装编译工具后重新运行，其余会自动下载：sudo apt-get install -y gcc libc6-dev make\n" + other
	case has("dnf"):
		return "  · 安装后重新运行：sudo dnf install -y postgresql-server pgvector\n" + other
	case has("apk"):
		return fmt.Sprintf("  · 安装后重新运行：sudo apk add postgresql%d postgresql-pgvector\n", major) + other
	case has("pacman"):
		return "  · 安装后重新运行：sudo pacman -S postgresql pgvector\n" + other
	case has("zypper"):
		return fmt.Sprintf("  · 安装后重新运行：sudo zypper install postgresql%d-server postgresql%d-pgvector\n", major, major) + other
	default:
		return fmt.Sprintf("  · 安装 PostgreSQL %d 以上和 pgvector %s 以上，使 postgres 命令在 PATH 中\n", minMajor, minVector) + other
	}
}

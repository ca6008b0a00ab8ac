package main

import (
	"encoding/json"
	"fmt"

	"xiaohe/database"
	"xiaohe/knowledge"
)

// dbCommand looks after the database.
type dbCommand struct {
	Status  dbStatusCommand  `cmd:"" help:"数据库在哪里、什么版本、多大。"`
	Migrate dbMigrateCommand `cmd:"" help:"把表结构升级到这个程序的版本。"`
	Backup  dbBackupCommand  `cmd:"" help:"备份到一个文件。"`
	Restore dbRestoreCommand `cmd:"" help:"从备份文件恢复。"`
	Tickets dbTicketsCommand `cmd:"" help:"要人接手的工单，最急的在前。"`
	Audit   dbAuditCommand   `cmd:"" help:"审计记录：检查、列出。"`
	Lower   dbLowerCommand   `cmd:"" help:"人核实过以后，把一次谈话的危险等级调低。"`
}

// withDatabase opens the database as it is, without migrating it or loading the starter knowledge.
func (s *session) withDatabase(work func(*database.DB) error) error {
	db, err := database.Open(s, database.Options{URL: s.cli.Database, Dir: s.cli.Data, Progress: s.err, NoMigrate: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return work(db)
}

type dbStatusCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

func (c *dbStatusCommand) Run(s *session) error {
	return s.withDatabase(func(db *database.DB) error {
		status, err := db.Status(s)
		if err != nil {
			return err
		}
		var counts knowledge.Counts
		if status.Migration > 0 {
			if counts, err = knowledge.NewStore(db.Pool, now).Counts(s); err != nil {
				return err
			}
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(struct {
				database.Status
				Documents int `json:"documents"`
				Cards     int `json:"cards"`
				Passages  int `json:"passages"`
			}{status, counts.Policies, counts.Cards, counts.Passages})
		}
		fmt.Fprintf(s.out, "数据库：%s（%s）\nPostgreSQL %s，pgvector %s，表结构第 %d 版（程序需要第 %d 版），共 %.1f MB\n",
			status.Where, modes[status.Mode], status.Server, status.PGVector, status.Migration, status.Latest, float64(status.Size)/(1<<20))
		fmt.Fprintf(s.out, "知识：%d 份文件，%d 张知识卡，%d 段条文\n", counts.Policies, counts.Cards, counts.Passages)
		return nil
	})
}

var modes = map[database.Mode]string{
	database.Private: "私有，由本程序启动", database.Attached: "私有，由另一个小禾进程启动", database.External: "外部数据库",
}

type dbMigrateCommand struct{}

func (c *dbMigrateCommand) Run(s *session) error {
	db, _, err := s.open() // opening migrates and loads the built-in knowledge
	if err != nil {
		return err
	}
	defer db.Close()
	status, err := db.Status(s)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "表结构已是第 %d 版。\n", status.Migration)
	return nil
}

type dbBackupCommand struct {
	File string `arg:"" help:"备份写到哪个文件。" type:"path"`
}

func (c *dbBackupCommand) Run(s *session) error {
	return s.withDatabase(func(db *database.DB) error {
		if err := db.Backup(s, c.File); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已备份到 %s\n", c.File)
		return nil
	})
}

type dbRestoreCommand struct {
	File string `arg:"" help:"备份文件。" type:"path"`
}

func (c *dbRestoreCommand) Run(s *session) error {
	return s.withDatabase(func(db *database.DB) error {
		if err := db.Restore(s, c.File); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已从 %s 恢复\n", c.File)
		return nil
	})
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using FileMonitor.Durable;
using FileMonitor.JsonLines;
using Xunit;
using static FileMonitor.Cli.Tests.KeptState;

namespace FileMonitor.Cli.Tests;

public sealed class JournalCommandTests : IDisposable
{
    private const string NoEvent = "01a203f2-af06-7309-8969-1eaae871a085";

    private readonly KeptState _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task A_journal_is_verified_with_what_was_kept_elsewhere()
    {
        await _state.RunAsync("a");

        var (code, output, error) = await CommandAsync("journal", "verify", _state.Directory, "--key", _state.FirstKey, "--anchor", _state.Anchors);

        var records = AuditJournal.Verify(_state.Directory, cancellationToken: TestContext.Current.CancellationToken).Records;
        Assert.Equal((ExitCode.Done, $"all {records} records (0 to {records - 1}) are authentic; anchored up to record {records - 1}\n", ""), (code, output, error));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("verify", "--anchor", "ANCHORS")]
    [InlineData("report")]
    [InlineData("export")]
    [InlineData("dead-letters")]
    [InlineData("prove", NoEvent)]
    [InlineData("prove", "--verify", "PROOF")]
    [InlineData("accept", NoEvent, "--who", "a", "--why", "b")]
    public async Task Where_no_journal_is_every_command_says_so(string command, params string[] arguments)
    {
        Directory.CreateDirectory(_state.Directory);
        await File.WriteAllTextAsync(_state.PathOf("PROOF"), "c2sp.org/tlog-proof@v1\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_state.PathOf("ANCHORS"), "", TestContext.Current.CancellationToken);

        var result = await CommandAsync(["journal", command, _state.Directory, .. arguments.Select(one => one is "PROOF" or "ANCHORS" ? _state.PathOf(one) : one)]);

        Assert.Equal((ExitCode.Failed, "", $"filemonitor: There is no journal in {_state.Directory}.\n"), result);
    }

    // Whoever deletes the records must not be able to make it look as if there had never been any.
    [Fact]
    public async Task A_journal_of_which_only_the_key_is_left_is_no_missing_one()
    {
        await _state.RunAsync("a");
        foreach (var file in Directory.EnumerateFiles(_state.Directory).Where(file => !file.EndsWith("journal.pub", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        var (code, output, _) = await CommandAsync("journal", "report", _state.Directory);

        Assert.Equal(ExitCode.Differs, code);
        Assert.StartsWith("Journal     unknown\nVerdict     NOT AUTHENTIC: There is no segment.", output, StringComparison.Ordinal);
    }

    // One damage, one number: that of the last record that is there.
    [Fact]
    public async Task A_journal_that_was_cut_off_ends_with_the_same_record_for_the_verification_and_for_the_next_start()
    {
        await _state.RunAsync("a");
        var segment = Path.Join(_state.Directory, "000000000000.ndjson");
        var lines = await File.ReadAllLinesAsync(segment, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(segment, string.Concat(lines[..^1].Select(line => line + "\n")), TestContext.Current.CancellationToken);

        // The first line is the header, and records are counted from 0.
        var words = $"000000000000.ndjson ends with record {lines.Length - 3}, ";
        Assert.Contains(words, (await CommandAsync("journal", "verify", _state.Directory)).Output, StringComparison.Ordinal);
        Assert.Contains(words, (await CommandAsync("watch", _state.Root, "--state", _state.Directory)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0, 9, 9, "all 9 records (0 to 8) are authentic")]
    [InlineData(true, 0, 6, 9, "records 0 to 5 of 9 are authentic")]
    [InlineData(true, 4, 9, 9, "all 5 records (4 to 8) are authentic")]
    [InlineData(true, 0, 1, 1, "record 0 of 1 is authentic")]
    [InlineData(true, 0, 0, 2, "no record is proved yet")]
    [InlineData(false, 0, 6, 9, "records 0 to 5 are authentic")]
    [InlineData(false, 4, 4, 9, "no record is proved")]
    public void A_count_of_records_is_told_as_the_records_that_it_is_about(bool isWhole, long first, long proved, long end, string said) =>
        Assert.Equal(said, JournalVerifyCommand.Authentic(isWhole, first, proved, end));

    [Fact]
    public async Task A_journal_is_verified_while_it_is_written_and_without_a_key_that_is_said()
    {
        await using var monitor = await _state.StartAsync();

        var (code, output, _) = await CommandAsync("journal", "verify", _state.Directory);

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("^((all [0-9]+ records \\(0 to [0-9]+\\)|records 0 to [0-9]+ of [0-9]+) are authentic|record 0 of [0-9]+ is authentic|no record is proved yet); not anchored; (record.* not proved yet; )?the first key was trusted on first use\n$", output);
    }

    [Fact]
    public async Task A_journal_is_verified_without_the_right_to_write()
    {
        await _state.RunAsync("a");
        var before = Times();
        Permit(UnixFileMode.UserRead, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var (code, _, _) = await CommandAsync("journal", "verify", _state.Directory);

            Assert.Equal(ExitCode.Done, code);
            Assert.Equal(before, Times());
        }
        finally
        {
            Permit(UnixFileMode.UserRead | UnixFileMode.UserWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_changed_record_is_found_and_named()
    {
        await _state.RunAsync("a", "b");
        _state.Tamper("Created");

        var (code, output, error) = await CommandAsync("journal", "verify", _state.Directory);
        var (reported, report, _) = await CommandAsync("journal", "report", _state.Directory);

        Assert.Equal((ExitCode.Differs, ""), (code, error));
        Assert.Matches("^NOT AUTHENTIC: Records 0 to [0-9]+ are not those that were signed: [^\n]* No record is proved; not anchored; nothing is said of record 0 and what follows[^\n]*\n$", output);
        Assert.Equal(ExitCode.Differs, reported);
        Assert.Contains("Verdict     NOT AUTHENTIC: Records 0 to ", report, StringComparison.Ordinal);
        Assert.Contains("\nEvents: none\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_was_cut_contradicts_its_anchors_and_a_foreign_key_is_refused()
    {
        using var other = new KeptState();
        await _state.RunAsync("a");
        await other.RunAsync("a");

        var (cut, said, _) = await CommandAsync("journal", "verify", _state.Directory, "--anchor", other.Anchors);
        var (foreign, foreignSaid, _) = await CommandAsync("journal", "verify", _state.Directory, "--key", other.FirstKey);

        Assert.Equal((ExitCode.Differs, ExitCode.Differs), (cut, foreign));
        Assert.StartsWith("NOT AUTHENTIC: ", said, StringComparison.Ordinal);
        Assert.Contains("is not signed by the key that is valid there", foreignSaid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_exported_as_they_were_told()
    {
        var told = await _state.RunAsync("a", "b\n\u202e");

        var (code, output, _) = await CommandAsync("journal", "export", _state.Directory);
        var (_, later, _) = await CommandAsync("journal", "export", _state.Directory, "--from", told[^1].EmittedAt.ToString("O"), "--to", "2100-01-01");
        var (_, none, _) = await CommandAsync("journal", "export", _state.Directory, "--to", "2020-01-01 12:00Z");

        Assert.Equal((ExitCode.Done, string.Concat(told.Select(one => AuditEventJson.Serialize(one) + "\n"))), (code, output));
        Assert.True(told.Count >= 2);
        Assert.EndsWith(AuditEventJson.Serialize(told[^1]) + "\n", later, StringComparison.Ordinal);
        Assert.DoesNotContain(told[0].EmittedAt == told[^1].EmittedAt ? "\0" : $"{told[0].Id}", later, StringComparison.Ordinal);
        Assert.Empty(none);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_an_export()
    {
        await _state.RunAsync("a");

        Assert.Equal(ExitCode.ReaderGone, await CommandLine.RunAsync(["journal", "export", _state.Directory], new StandardStreams(new ClosedPipe(), TextWriter.Null, Terminal.None, Terminal.None)));
    }

    [Fact]
    public async Task An_event_is_proved_to_who_has_its_line_the_proof_and_the_key()
    {
        var told = await _state.RunAsync("a");
        var (proof, line, changed) = (_state.PathOf("proof"), _state.PathOf("line"), _state.PathOf("changed"));

        var (code, output, error) = await CommandAsync("journal", "prove", _state.Directory, $"{told[0].Id}", "--record", line);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex ", output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(proof, output, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(changed, (await File.ReadAllTextAsync(line, TestContext.Current.CancellationToken)).Replace("Created", "Deleted", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        // Who verifies has the public key, and no journal.
        var elsewhere = Directory.CreateDirectory(_state.PathOf("elsewhere")).FullName;
        var index = output.Split('\n')[1]["index ".Length..];
        Assert.Equal((ExitCode.Done, $"proved: record {index}\n", ""), await VerifyAsync(line, elsewhere, "--key", _state.FirstKey));
        Assert.Equal((ExitCode.Done, $"proved: record {index}\n", ""), await CommandAsync("journal", "prove", _state.Directory, index, "--verify", proof));
        Assert.Equal((ExitCode.Differs, "", $"filemonitor: not proved: {proof} is no proof of that line by a key of this journal.\n"), await VerifyAsync(changed, _state.Directory));
        Assert.Equal(ExitCode.Differs, (await CommandAsync("journal", "prove", _state.Directory, "0", "--verify", proof)).Code);
        Assert.Equal(ExitCode.Differs, (await CommandAsync("journal", "prove", _state.Directory, index, "--verify", line)).Code);

        async Task<(int, string, string)> VerifyAsync(string lineFile, params string[] more) =>
            await CommandAsync(File.OpenRead(lineFile), ["journal", "prove", .. more, "--verify", proof]);
    }

    [Fact]
    public async Task What_is_not_there_is_not_proved()
    {
        await _state.RunAsync("a");

        Assert.Equal((ExitCode.Failed, "", $"filemonitor: the journal has no event {NoEvent}.\n"), await CommandAsync("journal", "prove", _state.Directory, NoEvent));
        var (code, _, error) = await CommandAsync("journal", "prove", _state.Directory, "9999");
        Assert.Equal(ExitCode.Failed, code);
        Assert.StartsWith("filemonitor: there is no record 9999, or no checkpoint covers it yet", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_that_were_signed_only_after_a_crash_are_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The state is copied while it is in use.");
        _state.ConfigureState = static state => state.CheckpointInterval = TimeSpan.FromHours(1);
        await using (var monitor = await _state.StartAsync())
        {
            using var copy = System.Diagnostics.Process.Start("cp", ["-r", _state.Directory, _state.PathOf("crashed")]);
            await copy.WaitForExitAsync(TestContext.Current.CancellationToken);
            await monitor.StopAsync(TestContext.Current.CancellationToken);
        }

        Directory.Delete(_state.Directory, recursive: true);
        Directory.Move(_state.PathOf("crashed"), _state.Directory);
        await _state.RunAsync();

        const string Expected = "; record 0 is authentic since the start at 20[0-9: -]{17}Z only, because no checkpoint covered them when the process ended; the first key";
        Assert.Matches(Expected, (await CommandAsync("journal", "verify", _state.Directory)).Output);
        Assert.Matches(Expected, (await CommandAsync("journal", "report", _state.Directory)).Output);
        using var report = JsonDocument.Parse((await CommandAsync("journal", "report", _state.Directory, "--format", "json")).Output);
        Assert.Equal(0, report.RootElement.GetProperty("verification").GetProperty("signedLater")[0].GetProperty("lastRecord").GetInt64());
    }

    [Fact]
    public async Task What_is_accepted_stands_in_the_report()
    {
        await _state.RunAsync("a");
        await File.WriteAllTextAsync(Path.Join(_state.Root, "offline"), "x", TestContext.Current.CancellationToken);
        var found = (await _state.RunAsync()).Single(one => one.Origin == AuditEventOrigin.Offline);

        var (code, output, error) = await CommandAsync("journal", "accept", _state.Directory, $"{found.Id}", "--who", "alice\e[2J", "--why", "patch  day", "--ticket", "CHG-1");

        var report = AuditJournal.Report(_state.Directory, cancellationToken: TestContext.Current.CancellationToken);
        var record = report.Acceptances.Single().Record;
        Assert.Equal((ExitCode.Done, $"accepted: 1 event in record {record}\n", ""), (code, output, error));
        var (_, text, _) = await CommandAsync("journal", "report", _state.Directory);
        Assert.Contains($"\n  {found.Id}  accepted in record {record}  ", text, StringComparison.Ordinal);
        Assert.Matches($"\nAccepted: 1\n  record {record}  [^\n]*Z  \"alice\\\\x1b\\[2J\"  \"patch  day\"  ticket CHG-1\n    {found.Id}\n", text);
        Assert.Equal(ExitCode.Done, (await CommandAsync("journal", "verify", _state.Directory)).Code);
    }

    [Fact]
    public async Task While_a_monitor_has_the_journal_nothing_is_accepted()
    {
        var told = await _state.RunAsync("a");
        await using var monitor = await _state.StartAsync();

        var (code, output, error) = await CommandAsync("journal", "accept", _state.Directory, $"{told[0].Id}", "--who", "alice", "--why", "why");

        Assert.Equal((ExitCode.BadArguments, ""), (code, output));
        Assert.Contains($"is in use by process {Environment.ProcessId} on ", error, StringComparison.Ordinal);
        Assert.Empty(AuditJournal.Report(_state.Directory, cancellationToken: TestContext.Current.CancellationToken).Acceptances);
    }

    [Fact]
    public async Task An_event_that_there_is_not_is_not_accepted()
    {
        await _state.RunAsync("a");

        Assert.Equal((ExitCode.Failed, "", $"filemonitor: The journal has no event {NoEvent}.\n"), await CommandAsync("journal", "accept", _state.Directory, NoEvent, "--who", "alice", "--why", "why"));
    }

    [Fact]
    public async Task An_event_that_there_is_not_is_told_first_also_while_a_monitor_has_the_journal()
    {
        await using var monitor = await _state.StartAsync();

        Assert.Equal((ExitCode.Failed, "", $"filemonitor: The journal has no event {NoEvent}.\n"), await CommandAsync("journal", "accept", _state.Directory, NoEvent, "--who", "alice", "--why", "why"));
    }

    [Fact]
    public async Task A_root_whose_name_is_not_UTF8_is_reported_by_its_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Names are text elsewhere.");
        var parent = Path.GetDirectoryName(_state.Directory)!;
        var root = Path.Join(parent, "r\udcff");
        await using (var monitor = FileSystemMonitor.Create(
            options => options.AddRoot(root),
            components => components.UseDurableState(state => state.Directory = _state.Directory)))
        {
            // It is not there, which is all the same to the report.
            await monitor.StartAsync(TestContext.Current.CancellationToken);
            await monitor.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains($"\n    \"{parent}/r\\xff\"\n", (await CommandAsync("journal", "report", _state.Directory)).Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await CommandAsync("journal", "report", _state.Directory, "--format", "json")).Output).RootElement;
        var bytes = json.GetProperty("scopes")[0].GetProperty("roots")[0].GetProperty("pathBytes").GetBytesFromBase64();
        Assert.Equal([.. System.Text.Encoding.UTF8.GetBytes(parent + "/r"), 0xff], bytes);
    }

    [Fact]
    public async Task A_report_says_what_an_auditor_asks()
    {
        await _state.RunAsync("a");
        await _state.RunAsync();

        var (code, text, error) = await CommandAsync("journal", "report", _state.Directory, "--from", "2020-01-01", "--anchor", _state.Anchors);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        var parts = new[]
        {
            "^Journal     [^\n]*/filemonitor/[0-9a-f]{32}\n", "\nVerdict     (all [0-9]+ records \\(0 to [0-9]+\\)|records 0 to [0-9]+ of [0-9]+) are authentic; anchored up to record [1-9]", "\nPeriod      2020-01-01 00:00:00.000Z to its end\n", "\nRecords     0 to [0-9]+, 20",
            "\nScope: 1\n  since [^\n]*Z\n    /[^\n]*/r\n", "\nRuns: 2\n  [^\n]*  stopped  pid [0-9]+  version ", "\nNot watched: 2\n", "\nWatched for the first time \\(nothing is known of the time before\\): 1\n  since [^\n]*Z  /[^\n]*/r\n", "\nEvents: 1\n  Created            Live       1\n",
            "\nDifferences found at a start \\(Offline\\): none\n", "\nGaps open at the end: none\n", "\nAccepted: none\n", "\nCheckpoint\n  [^\n]*/filemonitor/[0-9a-f]{32}\n  [0-9]+\n  [^\n]*=\n  \n  — ",
        };
        Assert.All(parts, part => Assert.Matches(part, text));
    }

    [Fact]
    public async Task A_hostile_name_forges_no_line_of_a_report_and_is_JSON()
    {
        using var state = new KeptState("r\n\e[2J\u202e");
        await state.RunAsync("first");
        await File.WriteAllTextAsync(Path.Join(state.Root, "x\nGaps open at the end: none\u009b"), "x", TestContext.Current.CancellationToken);
        await state.RunAsync();

        var (_, text, _) = await CommandAsync("journal", "report", state.Directory);
        var (code, json, _) = await CommandAsync("journal", "report", state.Directory, "--format", "json");

        Assert.Contains(@"r\n\x1b[2J\u202e""", text, StringComparison.Ordinal);
        Assert.Contains(@"/x\nGaps open at the end: none\u009b""", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Replace("\n", "", StringComparison.Ordinal).EnumerateRunes(), rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format);
        using var report = JsonDocument.Parse(json);
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(state.Root, report.RootElement.GetProperty("scopes")[0].GetProperty("roots")[0].GetProperty("path").GetString());
        Assert.Equal("x\nGaps open at the end: none\u009b", report.RootElement.GetProperty("offline")[0].GetProperty("relativePath").GetString());
        Assert.True(report.RootElement.GetProperty("verification").GetProperty("isAuthentic").GetBoolean());
        Assert.Equal("Stopped", report.RootElement.GetProperty("runs")[1].GetProperty("end").GetString());
        Assert.Equal("NotRunning", report.RootElement.GetProperty("pauses")[0].GetProperty("reason").GetString());
        Assert.Equal((state.Root, "Root"), (report.RootElement.GetProperty("firstWatched")[0].GetProperty("root").GetString(), report.RootElement.GetProperty("firstWatched")[0].GetProperty("part").GetString()));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("export")]
    [InlineData("report")]
    [InlineData("prove", "1")]
    [InlineData("accept", NoEvent, "--who", "a", "--why", "b")]
    public async Task Where_no_journal_is_that_is_said(string command, params string[] more)
    {
        var (code, output, error) = await CommandAsync(["journal", command, _state.PathOf("none\n"), .. more]);

        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Equal($"filemonitor: There is no directory {_state.PathOf("none")}\\n.\n", error);
        Assert.False(Directory.Exists(_state.PathOf("none\n")));
    }

    [Theory]
    [InlineData("journal prove /s", "ID is missing: name an event by its id, or a record by its index.")]
    [InlineData("journal prove /s x", "ID (x) is neither the id of an event nor the index of a record.")]
    [InlineData("journal prove /s -- -1", "ID (-1) is neither the id of an event nor the index of a record.")]
    [InlineData("journal prove /s 1 --key k", "--key needs --verify.")]
    [InlineData("journal prove /s 1 --verify p --record r", "--record makes no sense with --verify.")]
    [InlineData("journal export /s --from 1/2/2026", "--from (1/2/2026) is no time like 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z.")]
    [InlineData("journal report /s --to 2026-02-30", "--to (2026-02-30) is no time like 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z.")]
    [InlineData("journal report /s --format xml", "--format (xml) is unknown; use text or json.")]
    [InlineData("journal accept /s x --who a --why b", "ID (x) is not the id of an event.")]
    [InlineData("journal accept /s " + NoEvent + " --who a", "journal accept needs --why TEXT.")]
    [InlineData("journal accept /s " + NoEvent + " --who EMPTY --why b", "--who is not a text of 1 to 4096 characters.")]
    [InlineData("journal verify", "journal verify needs STATEDIR; filemonitor journal verify --help says what that is.")]
    [InlineData("journal verify /s --frob", "--frob is no option; filemonitor journal verify --help names them.")]
    public async Task Wrong_arguments_are_refused_in_one_line(string commandLine, string complaint) => Assert.Equal(
        (ExitCode.BadArguments, "", $"filemonitor: {complaint}\n"),
        await CommandAsync([.. commandLine.Split(' ').Select(word => word == "EMPTY" ? "" : word)]));

    [Theory]
    [InlineData("journal", "prove")]
    [InlineData("journal verify", "--anchor <FILE>")]
    [InlineData("journal accept", "  3    verify and report: the journal is not what was written")]
    public async Task Help_has_examples_and_exit_codes(string command, string expected)
    {
        var (code, output, _) = await CommandAsync([.. command.Split(' '), "--help"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains("filemonitor journal verify /var/lib/filemonitor/etc --key journal.pub", output, StringComparison.Ordinal);
    }

    private Dictionary<string, DateTime> Times() => Directory.GetFiles(_state.Directory).Append(_state.Directory).ToDictionary(path => path, File.GetLastWriteTimeUtc);

    /// <summary>Root may write all the same: that nothing is written is seen by the times.</summary>
    private void Permit(UnixFileMode files, UnixFileMode directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var file in Directory.GetFiles(_state.Directory))
        {
            File.SetUnixFileMode(file, files);
        }

        File.SetUnixFileMode(_state.Directory, directory);
    }

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", 32);
    }
}

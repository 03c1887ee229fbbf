using System.Text.Json;
using Xunit;

namespace FileMonitor.Cli.Tests;

[Collection(nameof(ExecTests))]
public sealed class ExecOutputTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-cli-");
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public ExecOutputTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "sh and cat are run");

    private string Got => Path.Join(_home.FullName, "got");

    public void Dispose()
    {
        _home.Delete(recursive: true);
        _error.Dispose();
    }

    [Fact]
    public void Each_event_is_one_object_on_the_standard_input_of_its_own_run_in_order()
    {
        using var exec = Sh("cat >> \"$1\"; echo end >> \"$1\"", Got);

        Write(exec, "a", "b\n\"$(touch x)`touch x`;");
        exec.Report();

        var lines = File.ReadAllLines(Got);
        Assert.Equal(["end", "end"], [lines[1], lines[3]]);
        Assert.Equal(["a", "b\n\"$(touch x)`touch x`;"], [NameIn(lines[0]), NameIn(lines[2])]);
        Assert.Equal((0, ""), (exec.Failures, _error.ToString()));

        static string? NameIn(string line) => JsonDocument.Parse(line).RootElement.GetProperty("relativePath").GetString();
    }

    [Fact]
    public void Arguments_are_handed_on_as_they_are()
    {
        string[] hostile = ["$(touch x)", "; touch x", "a  b", "", "\"", "\\", "*", "--help"];
        using var exec = Sh("for a in \"$@\"; do printf '%s\\n' \"$a\"; done > \"$1\"", [Got, .. hostile]);

        Write(exec, "a");

        Assert.Equal([Got, .. hostile], File.ReadAllLines(Got));
        Assert.Equal([Got], Directory.EnumerateFileSystemEntries(_home.FullName));
    }

    [Fact]
    public void One_that_fails_is_told_and_the_next_event_has_its_own_run()
    {
        using var exec = Sh("echo >> \"$1\"; exit 3", Got);

        Write(exec, "a", "b\e[2J");
        exec.Report();

        Assert.Equal(2, exec.Failures);
        Assert.Equal(2, File.ReadAllLines(Got).Length);
        Assert.Equal(
            $"""
            filemonitor: sh ended with exit code 3, for Created {_home.FullName}/a.
            filemonitor: sh ended with exit code 3, for Created "{_home.FullName}/b\x1b[2J".
            filemonitor: --exec failed for 2 of 2 events.

            """.ReplaceLineEndings("\n"),
            _error.ToString());
    }

    [Fact]
    public void One_that_does_not_read_its_standard_input_has_not_failed()
    {
        using var exec = Sh("exec <&-; exit 0");

        Write(exec, "a");

        Assert.Equal((0, ""), (exec.Failures, _error.ToString()));
    }

    [Fact]
    public void A_program_that_is_no_program_is_told_when_it_is_run()
    {
        var file = Path.Join(_home.FullName, "broken");
        File.WriteAllBytes(file, [1, 2, 3]);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        using var exec = new ExecOutput(ExecCommand.Find(file, [], path: null, out _)!, printed: null, Streams());

        Write(exec, "a");

        Assert.Equal(1, exec.Failures);
        Assert.Matches("^filemonitor: [^\n]*broken cannot be started \\([^\n]*\\), for Created [^\n]*/a\\.\n$", _error.ToString());
    }

    // It says that it runs by making a file: the watcher tells when.
    [Fact]
    public async Task One_that_hangs_is_killed_with_what_it_has_started_and_none_is_run_any_more()
    {
        using var watcher = new FileSystemWatcher(_home.FullName);
        var runs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => runs.TrySetResult();
        watcher.EnableRaisingEvents = true;
        using var exec = Sh("sleep 1000 & mkdir \"$1\"; wait", Got);

        var writing = Task.Run(() => Write(exec, "a", "b"), TestContext.Current.CancellationToken);
        await runs.Task.WaitAsync(TestContext.Current.CancellationToken);
        exec.Abandon();
        await writing.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, exec.Failures);
        Assert.Equal(
            $"filemonitor: sh ended with exit code 137, for Created {_home.FullName}/a.\nfilemonitor: sh was not run, for Created {_home.FullName}/b.\n", _error.ToString());
    }

    [Fact]
    public void What_is_printed_stands_before_what_the_command_prints()
    {
        var output = new MemoryStream();
        using var exec = new ExecOutput(ExecCommand.Find("sh", ["-c", "cp \"$0\" \"$1\"", "/dev/null", Got], Environment.GetEnvironmentVariable("PATH"), out _)!, new Printed(output, Got), Streams());

        Write(exec, "a");

        Assert.Equal("before", System.Text.Encoding.ASCII.GetString(output.ToArray()));
    }

    // What the runtime ignores for itself, every program that it starts would ignore, too.
    [Fact]
    public void A_broken_pipe_ends_a_program_in_the_command_as_ever()
    {
        using var exec = Sh("(yes; echo $? > \"$1\") | head -n 1 > /dev/null", Got);

        Write(exec, "a");

        Assert.Equal((0, "141"), (exec.Failures, File.ReadAllText(Got).Trim()));
    }

    [Theory]
    [InlineData("", "--exec is empty: name a command.")]
    [InlineData("no-such-program", "--exec (no-such-program) is no program that can be run, and in no directory of PATH is one of that name.")]
    [InlineData("/no/such\n", "--exec (\"/no/such\\n\") is no program that can be run.")]
    [InlineData("/", "--exec (/) is no program that can be run.")]
    public void What_is_no_program_is_refused(string name, string expected)
    {
        Assert.Null(ExecCommand.Find(name, [], "/bin:/usr/bin", out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_program_of_the_working_directory_is_not_run_by_its_name()
    {
        var name = Path.GetFileName(Environment.ProcessPath)!;
        var here = Path.GetRelativePath(Environment.CurrentDirectory, Path.GetDirectoryName(Environment.ProcessPath)!);

        Assert.Null(ExecCommand.Find(name, [], $":.:{here}", out _));
        Assert.NotNull(ExecCommand.Find(Environment.ProcessPath!, [], "", out _));
        Assert.NotNull(ExecCommand.Find(name, [], Path.GetDirectoryName(Environment.ProcessPath), out _));
    }

    [Fact]
    public void An_argument_that_is_not_utf8_is_refused()
    {
        Assert.Null(ExecCommand.Find("sh", ["\udcff"], "/bin:/usr/bin", out var error));
        Assert.Equal("--exec (\"\\xff\") is not UTF-8, and cannot be handed on.", error);
    }

    private ExecOutput Sh(string script, params string[] arguments) =>
        new(ExecCommand.Find("sh", ["-c", script, "sh", .. arguments], Environment.GetEnvironmentVariable("PATH"), out _)!, printed: null, Streams());

    private StandardStreams Streams() => new(Stream.Null, _error, Terminal.None, Terminal.None);

    private void Write(ExecOutput exec, params string[] names)
    {
        foreach (var name in names)
        {
            exec.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = _home.FullName, RelativePath = name });
        }
    }

    private sealed class Printed(Stream output, string made) : IEventOutput
    {
        public TimeSpan? RefreshPeriod => null;

        public void Write(AuditEvent auditEvent)
        {
        }

        public void Flush() => output.Write(File.Exists(made) ? "after"u8 : "before"u8);
    }
}

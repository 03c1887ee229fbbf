using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

// Watches that end by themselves: a signal would be one for the process of the tests.
[Collection(nameof(ExecTests))]
public sealed class WatchOptionsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-cli-").FullName;

    public WatchOptionsTests()
    {
        Directory.CreateDirectory(Path.Join(_home, "sub"));
        File.WriteAllText(Path.Join(_home, "sub", "deep"), "1");
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("watch HERE --kind creatd,foo", "--kind (creatd) is unknown, did you mean created? --kind (foo) is unknown; use created or modified or deleted or renamed or attributeschanged or baseline or gap or rootlost or rootrestored or checksumupdated.")]
    [InlineData("watch HERE --kind 1", "--kind (1) is unknown; use created or modified or deleted or renamed or attributeschanged or baseline or gap or rootlost or rootrestored or checksumupdated.")]
    [InlineData("watch HERE --kind created --kind attributeschanged", "--kind attributeschanged needs --attributes: there are no such events without it.")]
    [InlineData("watch HERE --kind Baseline", "--kind baseline needs --baseline: there are no such events without it.")]
    [InlineData("watch HERE --diff *.conf --no-checksum", "--diff has no effect without checksums, which --no-checksum turns off: remove one of them.")]
    [InlineData("watch HERE -0 --format text", "--null stands in the place of --format: remove one of them.")]
    [InlineData("watch HERE -0 --kind rootlost,gap", "--kind rootlost has no effect with --null: such an event is about no file, and has no path to print.")]
    [InlineData("watch HERE --source-fallback", "--source-fallback needs a --source other than auto, which takes what there is.")]
    [InlineData("watch HERE --source inotfy", "--source (inotfy) is unknown, did you mean inotify?")]
    [InlineData("watch HERE --exec", "--exec needs a value (CMD [ARG...]).")]
    [InlineData("watch HERE --exec /none/such --once", "--exec (/none/such) is no program that can be run.")]
    [InlineData("watch HERE --recursive", "--recursive is no option, did you mean --no-recursive? A PATH that begins with a dash stands after --.")]
    [InlineData("watch HERE --sorce=inotify", "--sorce=inotify is no option, did you mean --source? A PATH that begins with a dash stands after --.")]
    [InlineData("wacth HERE", "wacth is no command, did you mean watch?")]
    [InlineData("journal verfy HERE", "verfy is no command, did you mean verify?")]
    [InlineData("journal", "No command is named; use verify, prove, export, report, dead-letters or accept; filemonitor journal --help says what they do.")]
    [InlineData("journal verify HERE --kye", "--kye is no option, did you mean --key?")]
    [InlineData("journal verify HERE --frobnicate", "--frobnicate is no option; filemonitor journal verify --help names them.")]
    [InlineData("--versoin", "--versoin is no option, did you mean --version?")]
    [InlineData("completion bsh", "SHELL (bsh) is unknown, did you mean bash?")]
    public async Task What_is_mistyped_is_refused_with_what_was_meant(string commandLine, string complaint)
    {
        var (code, output, error) = await RunAsync([.. commandLine.Split(' ').Select(word => word.Replace("HERE", _home, StringComparison.Ordinal))]);

        Assert.Equal((ExitCode.BadArguments, "", $"filemonitor: {complaint}\n"), (code, output, error));
    }

    [Fact]
    public async Task The_first_event_ends_a_watch_that_was_asked_for_once()
    {
        var (code, output, error) = await RunAsync("watch", _home, "--baseline", "--source", "polling", "--once", "-0");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(Path.Join(_home, "sub") + "\0", output);
        Assert.StartsWith($"filemonitor: watching {_home} with polling; 2 items. Ctrl+C ends it.\nfilemonitor: watched for ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_what_is_below_a_subdirectory_nothing_is_watched_when_told_so()
    {
        string[] watch = ["watch", _home, "--baseline", "--source", "polling", "--once", "--verify"];

        Assert.Contains("verified 2 items", (await RunAsync(watch)).Error, StringComparison.Ordinal);
        Assert.Contains("verified 1 item ", (await RunAsync([.. watch, "--no-recursive"])).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonl", "\"kind\":\"Baseline\"")]
    [InlineData("ecs", "\"ecs\":{\"version\":")]
    [InlineData("ocsf", "\"class_uid\":1001")]
    [InlineData("cloudevents", "\"specversion\":\"1.0\"")]
    public async Task Events_are_printed_in_the_schema_that_is_asked_for(string format, string part)
    {
        var (code, output, _) = await RunAsync("watch", _home, "--source", "polling", "--baseline", "--kind", "baseline", "--once", "--format", format);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(part, Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_attributes_are_reported_when_asked_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have modes on Unix.");
        var file = Path.Join(_home, "sub", "deep");
        var error = new Said("filemonitor: watching ", () =>
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead);
            }
        });

        var (code, output) = await RunAsync(error, "watch", _home, "--source", "polling", "--polling-interval", "50", "--attributes", "--kind", "attributeschanged,deleted", "--once", "-0");

        Assert.Equal((ExitCode.Done, file + "\0"), (code, output));
    }

    [Fact]
    public async Task Only_the_kinds_that_were_asked_for_are_printed()
    {
        var error = new Said("filemonitor: watching ", () =>
        {
            File.WriteAllText(Path.Join(_home, "new"), "1");
            File.Delete(Path.Join(_home, "sub", "deep"));
        });

        var (code, output) = await RunAsync(error, "watch", _home, "--source", "polling", "--polling-interval", "50", "--kind", "deleted", "--once", "-0");

        Assert.Equal((ExitCode.Done, Path.Join(_home, "sub", "deep") + "\0"), (code, output));
    }

    [Fact]
    public async Task A_command_that_fails_for_an_event_is_in_the_exit_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "false is a program of Unix");

        var (code, output, error) = await RunAsync("watch", _home, "--baseline", "--source", "polling", "--once", "--exec", "false", "--once");

        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains($"filemonitor: false ended with exit code 1, for Baseline {_home}/sub.\n", error, StringComparison.Ordinal);
        Assert.EndsWith("filemonitor: --exec failed for 1 of 1 event.\n", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_are_printed_beside_a_command_only_when_a_format_is_named(bool named)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is a program of Unix");

        var (code, output, _) = await RunAsync(["watch", _home, "--baseline", "--source", "polling", "--once", .. named ? ["--format", "jsonl"] : (string[])[], "--exec", "true"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(named ? 1 : 0, output.Count(character => character == '\n'));
    }

    // It has no file handles, so fanotify cannot be used there, whoever asks for it.
    [Fact]
    public async Task A_source_that_is_named_and_cannot_be_used_is_an_error()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm"), "There is no sysfs.");

        var (code, output, error) = await RunAsync("watch", "/sys/kernel/mm", "--source", "fanotify", "--no-recursive", "--once");

        Assert.Equal((ExitCode.BadArguments, ""), (code, output));
        Assert.Matches("^filemonitor: '/sys/kernel/mm' cannot be watched with Fanotify, which is required: [^\n]* --source-fallback takes the next best instead\\.\n$", error);
    }

    [Fact]
    public async Task Or_the_next_best_is_taken_when_told_so_and_named()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel/mm"), "There is no sysfs.");

        var (code, _, error) = await RunAsync("watch", "/sys/kernel/mm", "--source", "fanotify", "--source-fallback", "--no-recursive", "--baseline", "--once");

        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("^filemonitor: watching /sys/kernel/mm with inotify; [^\n]*\nfilemonitor: /sys/kernel/mm is watched with inotify and not with fanotify: [^\n]*\n", error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var error = new StringWriter { NewLine = "\n" };
        var (code, output) = await RunAsync(error, arguments);
        return (code, output, error.ToString());
    }

    private static async Task<(int Code, string Output)> RunAsync(TextWriter error, params string[] arguments)
    {
        var output = new MemoryStream();
        var code = await CommandLine.RunAsync(arguments, new StandardStreams(output, error, Terminal.None, Terminal.None));
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }

    // Does something as soon as a line is said.
    private sealed class Said(string begin, Action then) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.StartsWith(begin, StringComparison.Ordinal))
            {
                then();
            }
        }
    }
}

using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class CommandLineTests
{
    private static readonly string Here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
    private static readonly string File = Path.Join(Here, "FileMonitor.dll");

    [Theory]
    [InlineData("watch", "watch needs at least one PATH; filemonitor watch --help says what that is.")]
    [InlineData("hash", "hash needs at least one PATH; filemonitor hash --help says what that is.")]
    [InlineData("journal report", "journal report needs STATEDIR; filemonitor journal report --help says what that is.")]
    [InlineData("watch HERE --state", "--state needs a value (DIR).")]
    [InlineData("watch HERE --kind", "--kind needs a value (KIND[,KIND]).")]
    [InlineData("watch HERE --attributes=yes", "--attributes takes no value: remove \"=yes\".")]
    [InlineData("watch HERE -0:true --once=", "-0 takes no value: remove \":true\". --once takes no value: remove \"=\".")]
    [InlineData("hash HERE --check=true", "--check takes no value: remove \"=true\".")]
    [InlineData("watch HERE --max-hold 100", "--max-hold needs --report-when closed.")]
    [InlineData("watch HERE --verify-timeout 200", "--verify-timeout needs --verify.")]
    [InlineData("watch HERE --max-file-size 1 --no-checksum", "--max-file-size has no meaning with --no-checksum: remove one of them.")]
    [InlineData("help frob", "frob is no command; use watch, hash, journal or completion; filemonitor --help says what they do.")]
    [InlineData("help journal verfy", "verfy is no command, did you mean verify?")]
    [InlineData("frob", "frob is no command; use watch, hash, journal or completion; filemonitor --help says what they do.")]
    [InlineData("watch HERE --quiet-period -5", "--quiet-period (-5) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --quiet-period soon", "--quiet-period (soon) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --finished-delay 3600001", "--finished-delay (3600001) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --max-delay 3600001", "--max-delay (3600001) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --max-delay 100", "--max-delay (100 ms) is shorter than --quiet-period (250 ms).")]
    [InlineData("watch HERE --max-delay 100 --quiet-period 200", "--max-delay (100 ms) is shorter than --quiet-period (200 ms).")]
    [InlineData("watch HERE --max-file-size -1", "--max-file-size (-1) is not a whole number from 0.")]
    [InlineData("watch HERE --source kqueue", "--source (kqueue) is unknown; use auto or filesystemwatcher or inotify or fanotify or polling.")]
    [InlineData("watch HERE --source 1", "--source (1) is unknown; use auto or filesystemwatcher or inotify or fanotify or polling.")]
    [InlineData("watch HERE --polling-interval 49", "--polling-interval (49) is not a whole number from 50 to 3600000.")]
    [InlineData("watch HERE --polling-interval 3600001", "--polling-interval (3600001) is not a whole number from 50 to 3600000.")]
    [InlineData("watch HERE --wait-for-root", "--wait-for-root is no option, did you mean --wait-for-roots? A PATH that begins with a dash stands after --.")]
    [InlineData("watch HERE --format xml --quiet-period x", "--format (xml) is unknown; use text or jsonl or ecs or ocsf or cloudevents. --quiet-period (x) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --basline", "--basline is no option, did you mean --baseline? A PATH that begins with a dash stands after --.")]
    [InlineData("watch HERE HERE/below", "PATH (\"HERE/below\") is inside PATH (\"HERE\"): remove one of them.")]
    [InlineData("watch HERE/below HERE", "PATH (\"HERE\") contains PATH (\"HERE/below\"): remove one of them.")]
    [InlineData("watch HERE HERE/", "PATH (\"HERE\") is the same directory as PATH (\"HERE\"): remove one of them.")]
    [InlineData("watch HERE HERE-2 --ignore [", "--ignore is not a pattern. \"[\" has a [ without its ]: write [[] for the character itself.")]
    [InlineData("watch HERE --include [", "--include is not a pattern. \"[\" has a [ without its ]: write [[] for the character itself.")]
    [InlineData("watch EMPTY", "PATH is empty: name the directory or file to watch.")]
    [InlineData("watch HERE --verify-timeout 199", "--verify-timeout (199) is not a whole number from 200 to 86400000.")]
    [InlineData("watch HERE --read-timeout 99", "--read-timeout (99) is not a whole number from 100 to 86400000.")]
    [InlineData("hash HERE --concurrency 0", "--concurrency (0) is not a whole number from 1 to 64.")]
    [InlineData("hash HERE --jobs 4", "--jobs is no option; a PATH that begins with a dash stands after --.")]
    public async Task Wrong_arguments_are_refused_in_one_line(string commandLine, string complaint)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(ExitCode.BadArguments, code);
        Assert.Equal($"filemonitor: {complaint.Replace("HERE", Here, StringComparison.Ordinal)}{Environment.NewLine}", error);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help watch", "watch --help")]
    [InlineData("help journal", "journal --help")]
    [InlineData("help journal verify", "journal verify --help")]
    [InlineData("help --help", "--help")]
    public async Task Help_before_a_command_is_help_of_the_command(string commandLine, string sameAs)
    {
        var (code, output, error) = await RunAsync(commandLine);
        var same = await RunAsync(sameAs);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(same.Output, output);
    }

    [Fact]
    public async Task What_stands_behind_an_option_without_value_is_a_path()
    {
        var (code, _, error) = await RunAsync("watch", "--once", "true", "--attributes", "false");

        Assert.Equal((ExitCode.Failed, $"filemonitor: {Path.GetFullPath("true")} does not exist.{Environment.NewLine}"), (code, error));
    }

    // What the parser takes, the library takes: only what a number cannot tell is left to the library's own check.
    [Theory]
    [InlineData("--quiet-period", "0", "3600000")]
    [InlineData("--max-delay", "250", "3600000")]
    [InlineData("--finished-delay", "0", "3600000")]
    [InlineData("--max-hold", "100", "604800000")]
    [InlineData("--max-file-size", "0", "9223372036854775807")]
    [InlineData("--polling-interval", "50", "3600000")]
    [InlineData("--verify-timeout", "200", "86400000")]
    [InlineData("--read-timeout", "100", "86400000")]
    public async Task Both_ends_of_a_range_are_taken(string option, string least, string most)
    {
        foreach (var value in new[] { least, most })
        {
            string[] needed = option == "--max-hold" ? ["--report-when", "closed"] : option == "--verify-timeout" ? ["--verify"] : [];
            var (code, _, error) = await RunAsync(["watch", Path.Join(Here, "missing"), option, value, .. needed]);

            Assert.Equal(ExitCode.Failed, code);
            Assert.EndsWith($" does not exist.{Environment.NewLine}", error, StringComparison.Ordinal);
        }
    }

    // Every message, whatever is wrong: the person who reads it has typed options, and knows no property of ours.
    [Fact]
    public void No_option_of_the_library_is_named_to_who_typed_a_command()
    {
        var names = new List<string>();
        var options = new FileMonitorOptions { RequireSource = true, VerifyTimeout = TimeSpan.Zero, FlushTimeout = TimeSpan.Zero };
        options.AddRoot("/a", root => root.Ignore.Add("[")).AddRoot("/a/b", root => root.Include.Add("[")).AddRoot("");
        (options.Debounce.QuietPeriod, options.Debounce.MaxDelay) = (TimeSpan.FromHours(3), TimeSpan.FromHours(2));
        (options.Debounce.FinishedDelay, options.Debounce.MaxHold) = (TimeSpan.FromHours(2), TimeSpan.Zero);
        (options.Checksum.MaxFileBytes, options.Checksum.ReadTimeout, options.Polling.Interval) = (-1, TimeSpan.FromTicks(1), TimeSpan.Zero);

        var errors = options.GetErrors(name =>
        {
            names.Add(WatchCommand.NameInCommand(name));
            return names[^1];
        });

        Assert.Equal(
            ["--finished-delay", "--ignore", "--include", "--max-delay", "--max-file-size", "--max-hold", "--polling-interval", "--quiet-period", "--read-timeout", "--source", "--source-fallback", "--verify-timeout", "PATH"],
            names.Distinct().Order(StringComparer.Ordinal));
        Assert.All(errors, error => Assert.Contains(names, name => error.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Standard_input_is_summed_where_a_dash_stands()
    {
        var output = new MemoryStream();
        var streams = new StandardStreams(output, new StringWriter(), Terminal.None, Terminal.None) { OpenInput = () => new MemoryStream("hello"u8.ToArray()) };

        var code = await CommandLine.RunAsync(["hash", "-", "--format", "jsonl", File, "-"], streams);

        Assert.Equal(ExitCode.Done, code);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        const string Hello = """{"path":"-","checksumStatus":"Computed","size":5,"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}""";
        Assert.Equal((Hello, Hello), (lines[0], lines[2]));
        Assert.Contains("FileMonitor.dll", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_is_named_is_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not everybody may make links there");
        var directory = Directory.CreateTempSubdirectory("filemonitor-cli-");
        try
        {
            var link = Path.Join(directory.FullName, "link");
            System.IO.File.CreateSymbolicLink(link, File);
            System.IO.File.CreateSymbolicLink(Path.Join(directory.FullName, "nowhere"), "none");

            var (code, output, error) = await RunAsync("hash", link);
            var (_, direct, _) = await RunAsync("hash", File);
            var (below, nothing, _) = await RunAsync("hash", directory.FullName);
            var (nowhere, _, complaint) = await RunAsync("hash", Path.Join(directory.FullName, "nowhere"));

            Assert.Equal((ExitCode.Done, direct.Replace(File, link, StringComparison.Ordinal), ""), (code, output, error));
            Assert.Equal((ExitCode.Done, ""), (below, nothing));
            Assert.Equal(ExitCode.Failed, nowhere);
            Assert.EndsWith($"nowhere: not a regular file: The link leads to no file or directory.{Environment.NewLine}", complaint, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // A disk that is full ends a watch from within: a signal would be one for the process of the tests.
    [Theory]
    [InlineData("a", "text")]
    [InlineData("a", "jsonl")]
    [InlineData("a/file", "text")]
    [InlineData("a/file", "text", "--file")]
    public async Task A_watch_says_at_its_end_what_it_came_to(string watched, string format, params string[] more)
    {
        var directory = Directory.CreateTempSubdirectory("filemonitor-cli-");
        try
        {
            directory.CreateSubdirectory("a");
            await System.IO.File.WriteAllTextAsync(Path.Join(directory.FullName, "a", "file"), "1", TestContext.Current.CancellationToken);
            var error = new StringWriter { NewLine = "\n" };
            var streams = new StandardStreams(new FullDisk(), error, Terminal.None, Terminal.None);

            var code = await CommandLine.RunAsync(["watch", Path.Join(directory.FullName, watched), "--baseline", "--source", "polling", "--format", format, .. more], streams);

            Assert.Equal(ExitCode.Failed, code);
            Assert.Matches("^filemonitor: watching [^\n]* with polling; 1 item\\.[^\n]*\nfilemonitor: watched for [^\n]* Events: 1 \\(Baseline 1\\)\\.\nfilemonitor: hints: [^\n]*\nfilemonitor: checksums: [^\n]*\nfilemonitor: No space left\\.\n$", error.ToString());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // The same mistake has the same code, whether the names or the disk shows it.
    [Theory]
    [InlineData("one", "one")]
    [InlineData("one", "link")]
    [InlineData("link", "one/below")]
    [InlineData("one", "link", "--wait-for-roots")]
    public async Task Directories_that_are_one_or_in_each_other_are_wrong_arguments(params string[] words)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not everybody may make links there");
        var home = Directory.CreateTempSubdirectory("filemonitor-cli-");
        try
        {
            home.CreateSubdirectory("one").CreateSubdirectory("below");
            Directory.CreateSymbolicLink(Path.Join(home.FullName, "link"), "one");

            var (code, output, error) = await RunAsync(["watch", .. words.Select(word => word.StartsWith('-') ? word : Path.Join(home.FullName, word))]);

            Assert.Equal((ExitCode.BadArguments, ""), (code, output));
            Assert.Single(error.TrimEnd().Split('\n'));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("watch HERE/missing", "does not exist.")]
    [InlineData("watch HERE --file", "is a directory; watch it without --file.")]
    [InlineData("watch HERE/missing --file", "does not exist.")]
    [InlineData("watch A_FILE --ignore *.tmp", "which select among the files of a directory: remove them.", ExitCode.BadArguments)]
    [InlineData("watch HERE/missing --file --include *.tmp --wait-for-roots", "which select among the files of a directory: remove them.", ExitCode.BadArguments)]
    [InlineData("watch -- --baseline", "does not exist.")]
    [InlineData("watch @response", "does not exist.")]
    [InlineData("watch HERE/missing --quiet-period 9000", "does not exist.")]   // the maximum delay follows
    [InlineData("watch HERE/missing --SOURCE", "is no option, did you mean --source? A PATH that begins with a dash stands after --.", ExitCode.BadArguments)]
    [InlineData("watch HERE/missing --source FILESYSTEMWATCHER --format JSONL", "does not exist.")]
    [InlineData("watch HERE/missing --source inotify", "does not exist.")]
    [InlineData("watch HERE/missing --source Fanotify", "does not exist.")]
    [InlineData("watch HERE/missing --source Polling --polling-interval 50 --verify", "does not exist.")]
    [InlineData("watch HERE/missing --source inotify --source-fallback", "does not exist.")]
    [InlineData("watch HERE HERE/missing --wait-for-roots", "remove one of them.", ExitCode.BadArguments)]
    public async Task A_root_that_cannot_be_watched_is_named(string commandLine, string complaint, int expected = ExitCode.Failed)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(expected, code);
        Assert.EndsWith($" {complaint}{Environment.NewLine}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Empty(output);
    }

    [Fact]
    public async Task A_complaint_shows_what_is_hostile_in_an_argument()
    {
        var (_, _, error) = await RunAsync("watch", "/\u001b[2J\n\u202e");

        Assert.Contains(@"\x1b[2J\n\u202e"" does not exist.", error, StringComparison.Ordinal);
    }

    // What the library says of a root, in which its name stands, and the name that stands before it.
    [Fact]
    public async Task A_name_has_one_notation_on_standard_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Names are bytes there.");
        var (code, _, error) = await RunAsync("watch", "/nowhere/\udcff\u009b", "--source", "polling", "--format", "jsonl");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(@"filemonitor: The root '/nowhere/\xff\u009b' does not exist, or may not be seen by this process.", error.TrimEnd());
    }

    [Theory]
    [InlineData("--help", "filemonitor watch /srv/inbox")]
    [InlineData("watch --help", "--ready-file <FILE>")]
    [InlineData("watch -h", "a second one ends it at once")]
    [InlineData("watch -h", "  1    a directory is missing, is none, or may not be read (--wait-for-roots waits for it)")]
    [InlineData("watch -h", "  3    --verify found a difference")]
    [InlineData("watch -h", "  130  a second signal ended it at once")]
    [InlineData("watch -h", "[from 0 to 3600000; default: 250]")]
    [InlineData("watch -h", "[from 0 to 3600000; default: 5000, or the quiet period if that is longer]")]
    [InlineData("watch -h", "[from 0; default: no limit]")]
    [InlineData("watch -h", "[from 50 to 3600000; default: 2000]")]
    [InlineData("watch -h", "[from 200 to 86400000; default: 60000]")]
    [InlineData("watch -h", "[from 100 to 86400000; default: 3600000]")]
    [InlineData("watch -h", "[default: text]")]
    [InlineData("watch -h", "[default: auto]")]
    [InlineData("watch -h", "[from 0 to 3600000; default: 2]")]
    [InlineData("hash -h", "[default: text]")]
    [InlineData("hash -h", "[from 1 to 64; default: the number of processors, at most 4")]
    [InlineData("watch -h", "--source <auto|filesystemwatcher|inotify|fanotify|polling>")]
    [InlineData("watch -h", "fanotify (Linux) also says who made each change")]
    [InlineData("watch -h", "--report-when <quiet|closed>")]
    [InlineData("watch -h", "it needs the capabilities cap_sys_admin and cap_dac_read_search")]
    [InlineData("watch -h", "AmbientCapabilities=CAP_SYS_ADMIN CAP_DAC_READ_SEARCH")]
    [InlineData("watch -h", "setcap cap_sys_admin,cap_dac_read_search=ep /usr/local/bin/filemonitor")]
    [InlineData("watch -h", "--exec <CMD [ARG...]>")]
    [InlineData("completion -h", "source <(filemonitor completion bash)")]
    [InlineData("hash --help", "sha256sum --check")]
    [InlineData("hash --help", "A symbolic link named here is followed, one below a directory is not.")]
    [InlineData("hash --help", "- is standard input; ./- is a file of that name.")]
    public async Task Help_has_examples_and_exit_codes(string commandLine, string expected)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(string commandLine) =>
        RunAsync([.. commandLine.Split(' ').Select(word => word.Replace("HERE", Here, StringComparison.Ordinal).Replace("A_FILE", File, StringComparison.Ordinal).Replace("EMPTY", "", StringComparison.Ordinal))]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, new StandardStreams(output, error, Terminal.None, Terminal.None));
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left.");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left.");
    }
}

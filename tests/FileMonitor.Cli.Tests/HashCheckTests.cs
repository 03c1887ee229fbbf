using System.Diagnostics;
using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class HashCheckTests : IDisposable
{
    private const string Other = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-cli-").FullName;

    private string List => Path.Join(_home, "list");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task What_hash_wrote_is_right()
    {
        Make("a", "1");
        Make("b c", "2");
        File.WriteAllText(List, (await RunAsync(Name("b c"), Name("a"))).Output);
        var order = File.ReadAllLines(List).Select(line => line[66..] + ": OK\n");

        Assert.Equal((ExitCode.Done, string.Concat(order), ""), await RunAsync("--check", List));
    }

    [Fact]
    public async Task What_differs_is_missing_or_malformed_is_said_in_the_words_of_sha256sum()
    {
        Make("a", "1");
        File.WriteAllText(List, $"garbage\n# comment\n\n{Other}  {Name("a")}\n{Other}  {Name("gone")}\n");

        var (code, output, error) = await RunAsync("-c", List);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal($"{Name("a")}: FAILED\n{Name("gone")}: FAILED open or read\n", output);
        Assert.StartsWith($"filemonitor: {Name("gone")}: no such file or directory\n", error, StringComparison.Ordinal);
        Assert.EndsWith("\nfilemonitor: WARNING: 1 line is improperly formatted\nfilemonitor: WARNING: 1 listed file could not be read\nfilemonitor: WARNING: 1 computed checksum did NOT match\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_line_alone_is_only_a_warning()
    {
        Make("a", "");
        File.WriteAllText(List, $"{Other}  {Name("a")}\ngarbage");

        Assert.Equal((ExitCode.Done, $"{Name("a")}: OK\n", "filemonitor: WARNING: 1 line is improperly formatted\n"), await RunAsync("--check", List));
    }

    [Theory]
    [InlineData("", "no properly formatted checksum lines found")]
    [InlineData("garbage\n", "no properly formatted checksum lines found")]
    public async Task A_list_without_a_line_is_a_failure(string content, string expected)
    {
        File.WriteAllText(List, content);

        Assert.Equal((ExitCode.Failed, "", $"filemonitor: {List}: {expected}\n"), await RunAsync("--check", List));
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_is_named_and_the_next_is_checked()
    {
        Make("a", "");
        File.WriteAllText(List, $"{Other}  {Name("a")}\n");

        Assert.Equal(
            (ExitCode.Failed, $"{Name("a")}: OK\n", $"filemonitor: {Name("none")}: no such file or directory\nfilemonitor: {_home}: is a directory\n"),
            await RunAsync("--check", Name("none"), _home, List));
    }

    [Fact]
    public async Task A_list_may_come_from_standard_input()
    {
        Make("a", "");

        Assert.Equal((ExitCode.Done, $"{Name("a")}: OK\n", ""), await RunAsync(Encoding.UTF8.GetBytes($"{Other} *{Name("a")}\r\n"), "-c", "-"));
    }

    [Fact]
    public async Task A_list_may_name_standard_input()
    {
        File.WriteAllText(List, $"{Other}  -\n");

        Assert.Equal((ExitCode.Done, "-: OK\n", ""), await RunAsync([], "-c", List));
    }

    // A pipe that nobody writes is read for ever, if it is read.
    [Fact]
    public async Task A_pipe_that_is_listed_is_not_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo makes the pipe");
        using var made = Process.Start("mkfifo", [Name("pipe")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(List, $"{Other}  {Name("pipe")}\n");

        var (code, output, _) = await RunAsync("-c", List);

        Assert.Equal((ExitCode.Failed, $"{Name("pipe")}: FAILED open or read\n"), (code, output));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_that_is_a_pipe_is_not_read_and_the_next_is_checked(bool isBehindLink)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo makes the pipe");
        using var made = Process.Start("mkfifo", [Name("pipe")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var named = Name(isBehindLink ? "link" : "pipe");
        if (isBehindLink)
        {
            File.CreateSymbolicLink(named, Name("pipe"));
        }

        Make("a", "");
        File.WriteAllText(List, $"{Other}  {Name("a")}\n");

        // Never by itself, if it waits for a writer.
        var result = await Task.Run(() => RunAsync("-c", named, List)).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal((ExitCode.Failed, $"{Name("a")}: OK\n", $"filemonitor: {named}: not a regular file\n"), result);
    }

    [Fact]
    public async Task Sha256sum_itself_writes_what_is_checked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/sha256sum"), "GNU sha256sum is not here");
        foreach (var name in new[] { "a", " b ", "c\nd", "e\\f" })
        {
            Make(name, name);
        }

        var names = Directory.GetFiles(_home);
        foreach (var form in new[] { "--text", "--binary", "--tag" })
        {
            using var theirs = Process.Start(new ProcessStartInfo("/usr/bin/sha256sum", [form, .. names]) { RedirectStandardOutput = true })!;
            var list = await theirs.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

            var (code, output, error) = await RunAsync(Encoding.UTF8.GetBytes(list), "-c", "-");

            Assert.Equal((ExitCode.Done, ""), (code, error));
            Assert.Equal(names.Length, output.Split(": OK\n").Length - 1);
        }
    }

    [Theory]
    [InlineData("--format", "jsonl")]
    [InlineData("--max-file-size", "1")]
    public async Task Options_without_a_meaning_are_refused(string option, string value) => Assert.Equal(
        (ExitCode.BadArguments, "", $"filemonitor: {option} has no meaning with --check: remove it.\n"), await RunAsync("--check", List, option, value));

    private string Name(string name) => Path.Join(_home, name);

    private void Make(string name, string content) => File.WriteAllText(Name(name), content);

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private static async Task<(int Code, string Output, string Error)> RunAsync(byte[] input, params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new StringWriter { NewLine = "\n" };
        var streams = new StandardStreams(output, error, Terminal.None, Terminal.None) { OpenInput = () => new MemoryStream(input) };
        var code = await CommandLine.RunAsync(["hash", .. arguments], streams);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}

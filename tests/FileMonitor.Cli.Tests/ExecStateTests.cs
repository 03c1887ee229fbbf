using System.Diagnostics;
using Xunit;
using static FileMonitor.Cli.Tests.KeptState;

namespace FileMonitor.Cli.Tests;

/// <summary><c>--exec</c> with <c>--state</c>: the built command as a process of its own, where it is killed.</summary>
public sealed class ExecStateTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly KeptState _state = new();
    private readonly List<Process> _processes = [];

    public ExecStateTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "sh, mkfifo and kill are run.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // What holds a command until the other end is opened.
    private string Pipe => _state.PathOf("pipe");

    private string Got => _state.PathOf("got");

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        _state.Dispose();
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")] // twice: a second signal ends it at once
    public async Task What_was_not_finished_is_run_again_in_order_with_the_same_id(string signal)
    {
        await ChangeWhileNothingWatchesAsync("a", "b", "c");
        await MakePipeAsync();
        var first = Start("cat; cat \"$1\"", Pipe);
        var begun = await first.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token);

        await SignalAsync(first, signal);
        if (signal == "TERM")
        {
            await SignalAsync(first, signal);
        }

        await first.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        if (signal == "KILL")
        {
            // Nobody has ended the command, which waits for this.
            File.OpenHandle(Pipe, FileMode.Open, FileAccess.Write).Dispose();
        }

        var (code, output, error) = await RunToEndAsync("cat");
        var (_, journal, _) = await CommandAsync("journal", "export", _state.Directory);

        Assert.Equal((ExitCode.Done, journal), (code, output));
        Assert.StartsWith(begun!, output, StringComparison.Ordinal);
        Assert.Equal(3, output.Split("\"kind\":\"Created\"").Length - 1);
        Assert.Contains("filemonitor: --exec begins with 3 events that it had not finished when the watch before ended.\n", error, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, ""), await OutputToEndAsync("cat"));
    }

    [Fact]
    public async Task Once_takes_one_event_and_leaves_the_others_to_the_next()
    {
        await ChangeWhileNothingWatchesAsync("a", "b");

        var (code, error) = await OnceAsync("cat >> \"$1\"; exit 3");
        var (second, _) = await OnceAsync("cat >> \"$1\"");

        // One that fails is told by the exit code, and has been run.
        Assert.Equal((ExitCode.Failed, ExitCode.Done), (code, second));
        Assert.Contains("filemonitor: --exec failed for 1 of 1 event.\nfilemonitor: 1 event is left for --exec; the next watch with this --state and --exec begins there.\n", error, StringComparison.Ordinal);
        var (_, journal, _) = await CommandAsync("journal", "export", _state.Directory);
        Assert.Equal(journal, await File.ReadAllTextAsync(Got, Token));
    }

    [Fact]
    public async Task What_kind_leaves_out_is_not_waited_for()
    {
        await ChangeWhileNothingWatchesAsync("a", "b");

        Assert.Equal((ExitCode.Done, ""), await OutputToEndAsync("cat", "--kind", "deleted"));
        Assert.Equal((ExitCode.Done, ""), await OutputToEndAsync("cat"));
    }

    private async Task ChangeWhileNothingWatchesAsync(params string[] files)
    {
        await _state.RunAsync();
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(Path.Join(_state.Root, file), file, Token);
        }
    }

    private string[] Arguments(string script, string argument, string[] more) =>
        ["watch", _state.Root, "--state", _state.Directory, "--source", "polling", .. more, "--exec", "sh", "-c", script, "sh", argument];

    private Process Start(string script, string argument, params string[] more)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "FileMonitor.Cli"), Arguments(script, argument, more))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _processes.Add(process);
        return process;
    }

    /// <summary>Starts a watch, asks it to end once it watches, and waits for that.</summary>
    private async Task<(int Code, string Output, string Error)> RunToEndAsync(string script, params string[] more)
    {
        var process = Start(script, "", more);
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = "";
        while (!error.Contains("filemonitor: watching ", StringComparison.Ordinal))
        {
            error += (await process.StandardError.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token) ?? throw new InvalidOperationException("It ended: " + error)) + "\n";
        }

        await SignalAsync(process, "TERM");
        error += await process.StandardError.ReadToEndAsync(Token).WaitAsync(Patience, Token);
        await process.WaitForExitAsync(Token).WaitAsync(Patience, Token);
        return (process.ExitCode, await output, error);
    }

    private async Task<(int Code, string Output)> OutputToEndAsync(string script, params string[] more)
    {
        var (code, output, _) = await RunToEndAsync(script, more);
        return (code, output);
    }

    private async Task<(int Code, string Error)> OnceAsync(string script)
    {
        var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(Arguments(script, Got, ["--once"]), new StandardStreams(Stream.Null, error, Terminal.None, Terminal.None));
        return (code, error.ToString());
    }

    private async Task MakePipeAsync()
    {
        using var made = Process.Start("mkfifo", [Pipe]);
        await made.WaitForExitAsync(Token);
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(Token);
    }
}

using System.Diagnostics;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>A program of the machine. A test that needs one that is not there is skipped, and says so.</summary>
internal static class Tool
{
    // Longer than any of them takes on a loaded machine.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static string Require(string name)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Join(directory, name))
            .FirstOrDefault(File.Exists);
        Assert.SkipUnless(found is not null, $"{name} is not on this machine.");
        return found;
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>The exit code, and all that it wrote.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string name, string[] arguments, string input = "")
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var process = Start(Require(name), arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            End(process);
        }
    }

    public static Process Start(string program, IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{program} does not start.");

    public static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}

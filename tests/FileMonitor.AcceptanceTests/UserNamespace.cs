using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// A place where a limit of the kernel is low and nobody else on the machine meets it: this program is started again in a user namespace,
/// to run only one explicit test.
/// </summary>
internal static class UserNamespace
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task RunInsideAsync(string name, int limit, string test)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare"), "Needs Linux and unshare.");
        var (canLower, _) = await RunAsync("unshare", "--user", "--map-root-user", "sh", "-c", $"echo {limit} > /proc/sys/user/{name}");
        Assert.SkipUnless(canLower == 0, "This machine lets nobody make a user namespace, or not lower a limit in one.");

        var itself = Environment.ProcessPath!;
        var assembly = Path.GetFileNameWithoutExtension(itself) == "dotnet" ? $"\"{typeof(UserNamespace).Assembly.Location}\"" : "";
        var (code, output) = await RunAsync(
            "unshare", "--user", "--map-root-user", "sh", "-c",
            $"echo {limit} > /proc/sys/user/{name} && exec \"{itself}\" {assembly} -noColor -explicit only -method '*.{test}'");

        code.Should().Be(0, output);
        output.Should().Contain("Total: 1");
    }

    /// <summary>Runs it as somebody who owns the files of this user and may do nothing else: permissions bind also where root runs the tests.</summary>
    public static async Task RunWithoutRightsAsync(string test)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare"), "Needs Linux and unshare.");
        var (canMake, _) = await RunAsync("unshare", "--user", "true");
        Assert.SkipUnless(canMake == 0, "This machine lets nobody make a user namespace.");

        var itself = Environment.ProcessPath!;
        var assembly = Path.GetFileNameWithoutExtension(itself) == "dotnet" ? $"\"{typeof(UserNamespace).Assembly.Location}\"" : "";
        var (code, output) = await RunAsync("unshare", "--user", "sh", "-c", $"exec \"{itself}\" {assembly} -noColor -explicit only -method '*.{test}'");

        code.Should().Be(0, output);
        output.Should().NotContain("Total: 0");
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        return (process.ExitCode, output + await errors);
    }
}

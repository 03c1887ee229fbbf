using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>What systemd says of the unit.</summary>
public sealed class UnitFileTests
{
    private const string Unit = "samples/FileMonitor.Agent/deploy/filemonitor-agent.service";
    private const string DropIn = "samples/FileMonitor.Agent/deploy/fanotify.conf";
    private const string Program = "/opt/filemonitor-agent/FileMonitor.Agent";

    [Fact]
    public async Task Systemd_accepts_the_unit()
    {
        var unit = RepositoryFiles.Read(Unit);
        Assert.Contains($"ExecStart={Program} ", unit, StringComparison.Ordinal);

        await AcceptsAsync(unit, dropIn: null);
    }

    [Fact]
    public async Task Systemd_accepts_the_drop_in_for_fanotify() => await AcceptsAsync(RepositoryFiles.Read(Unit), RepositoryFiles.Read(DropIn));

    [Theory]
    [InlineData("CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_READ_SEARCH\n")]
    [InlineData("AmbientCapabilities=CAP_SYS_ADMIN CAP_DAC_READ_SEARCH\n")]
    [InlineData("SystemCallFilter=fanotify_init fanotify_mark open_by_handle_at\n")]
    public void The_drop_in_gives_what_fanotify_takes(string line) => Assert.Contains("\n" + line, RepositoryFiles.Read(DropIn), StringComparison.Ordinal);

    private static async Task AcceptsAsync(string unit, string? dropIn)
    {
        // It looks for the program, which is not installed here. That the copy has the unit's own name matters: messages begin with it.
        var place = Directory.CreateTempSubdirectory("unit").FullName;
        try
        {
            var copy = Path.Join(place, Path.GetFileName(Unit));
            await File.WriteAllTextAsync(copy, unit.Replace(Program, Environment.ProcessPath, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            if (dropIn is not null)
            {
                await File.WriteAllTextAsync(Path.Join(Directory.CreateDirectory(copy + ".d").FullName, "fanotify.conf"), dropIn, TestContext.Current.CancellationToken);
            }

            var (code, output) = await Tool.RunAsync("systemd-analyze", ["verify", "--man=no", copy]);

            // Of other units of the machine it says what it likes.
            Assert.DoesNotContain(output.Split('\n'), line => line.Contains("filemonitor-agent", StringComparison.Ordinal));
            Assert.True(code == 0, output);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [Theory]
    [InlineData("WatchdogSec=")]
    [InlineData("Type=notify\nNotifyAccess=main\n")]
    [InlineData("ExecReload=/bin/kill -HUP $MAINPID\n")]
    [InlineData("NoNewPrivileges=yes")]
    [InlineData("ProtectSystem=strict")]
    [InlineData("CapabilityBoundingSet=\n")]
    [InlineData("MemoryMax=")]
    [InlineData("LoadCredential=bearer-token:")]
    [InlineData("Restart=on-failure")]
    [InlineData("StateDirectory=filemonitor-agent\nStateDirectoryMode=0700\n")]
    public void The_unit_is_watched_limited_and_locked_in(string line) =>
        Assert.Contains("\n" + line, RepositoryFiles.Read(Unit), StringComparison.Ordinal);
}

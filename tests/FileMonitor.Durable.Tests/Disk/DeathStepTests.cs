using System.Globalization;
using FileMonitor.Durable.Tests.State;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Disk;

/// <summary>
/// The process dies at each call that writes below its state directory in turn, those of SQLite among them, and in the middle of each write; or the machine loses
/// power there. Every prefix recovers: nothing is lost, nothing doubled, the events add up to the disk, and the journal verifies.
/// </summary>
public sealed class DeathStepTests
{
    private const int StepsInCi = 10;

    /// <summary>FILEMONITOR_DEATH_STEPS has another number of steps for each test; 0 for all of them, in a soak.</summary>
    private static int MostSteps =>
        int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_DEATH_STEPS"), CultureInfo.InvariantCulture, out var steps) ? steps : StepsInCi;

    [Fact]
    public async Task Whichever_call_of_the_disk_is_the_last_of_the_process()
    {
        FaultyDisk.Require();
        await SweepAsync(first: 1, static (step, _) => DieAsync(step, leaves: null));
    }

    [Theory]
    [InlineData(PowerLoss.OnlySynced)]
    [InlineData(PowerLoss.NamesFirst)]
    [InlineData(PowerLoss.Torn)]
    public async Task Whenever_the_power_is_lost(PowerLoss loss)
    {
        FaultyDisk.Require();
        await SweepAsync(first: 2 + (int)loss, (step, seed) => DieAsync(step, (state, synced) => SyncedFiles.Restore(state, synced, loss, new Random(seed))));
    }

    /// <param name="first">Where a sweep that leaves out steps begins, so that the tests together leave out fewer.</param>
    /// <param name="dieAt">Has the process die at a step; gets the step and the number of the try.</param>
    private static async Task SweepAsync(int first, Func<long, int, Task<bool>> dieAt)
    {
        var steps = await CountAsync();
        var stride = MostSteps == 0 ? 1 : Math.Max(1, (double)steps / MostSteps);
        var (tried, died) = (0, 0);
        for (var step = MostSteps == 0 ? 1d : first; step <= steps; step += stride)
        {
            died += await dieAt((long)step, tried) ? 1 : 0;
            tried++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} of about {steps} steps; the process died at {died} of them");

        // The number of steps depends on how the work falls into batches, so the last ones may not be reached.
        died.Should().BeGreaterThan(tried * 3 / 4);
    }

    private static async Task<long> CountAsync()
    {
        using var host = new DurableHost();
        var disk = new FaultyDisk(host);
        await RunAsync(host, disk.Environment());
        return disk.Steps();
    }

    /// <param name="step">The step.</param>
    /// <param name="leaves">Makes of the state directory, and of what was kept of it, what a loss of power leaves; null when only the process ends.</param>
    /// <returns>Whether the process came as far as that step.</returns>
    private static async Task<bool> DieAsync(long step, Action<string, string>? leaves)
    {
        using var host = new DurableHost();
        var synced = Directory.CreateDirectory(host.State + ".synced").FullName;
        var wasReady = await RunAsync(host, new FaultyDisk(host).Environment(step, leaves is null ? null : synced));
        var because = string.Create(CultureInfo.InvariantCulture, $"it died at step {step}, {(wasReady == true ? "after" : "before")} it was ready");
        if (wasReady is not null)
        {
            leaves?.Invoke(host.State, synced);
        }

        if (wasReady == false)
        {
            // It never was ready, so nothing was promised of what happens meanwhile: the work begins now.
            await RunAsync(host, []);
        }

        await HostProcess.RunInOrderAsync(host);
        var events = ToldEvents.Check(host, because);
        events.Should().NotBeEmpty(because);
        if (wasReady == true)
        {
            events.Should().NotContain(one => one.Gap != null && one.Gap.Cause == GapCause.StateLost, because);
        }

        return wasReady is not null;
    }

    /// <returns>Null when it came to its end; else whether it died after it was ready.</returns>
    private static async Task<bool?> RunAsync(DurableHost host, Dictionary<string, string> environment)
    {
        using var process = HostProcess.Start(host, environment: environment);
        if (await process.ReadLineAsync() != "ready")
        {
            await process.WaitForExitAsync();
            return false;
        }

        var writer = new RandomWriter(host.Root, seed: 5);
        for (var change = 0; change < 60; change++)
        {
            writer.Step();
        }

        await process.WriteLineAsync("stop");
        var last = await process.ReadLineAsync();
        await process.WaitForExitAsync();
        return last == "stopped" ? null : true;
    }
}

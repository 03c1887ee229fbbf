using System.Diagnostics;
using System.Globalization;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>
/// How fast messages that wait are stored, and how much memory that takes. Only when asked for: <c>-explicit only -class '*Measurements'</c>, with FILEMONITOR_POSTGRES_FSYNC=on.
/// </summary>
[Collection(nameof(Services))]
public sealed class Measurements(Fleet fleet, ITestOutputHelper output)
{
    private const int Hosts = 50;
    private const int RecordsPerHost = 1000;
    private const int HighestMemory = 150;

    [Fact(Explicit = true)]
    public async Task Messages_that_wait_are_stored_with_little_memory()
    {
        var place = await fleet.PrepareAsync();
        using (var first = CollectorProcess.Start(place))
        {
            await first.UntilReadingAsync();
        }

        await Task.WhenAll(Enumerable.Range(0, Hosts).Select(host => PublishAsync(place, $"host-{host}")));
        await using var database = Npgsql.NpgsqlDataSource.Create(place.ConnectionString);
        using var process = CollectorProcess.Start(place);
        await process.UntilReadingAsync();
        var watch = Stopwatch.StartNew();
        var begun = await CountAsync(database);
        await Wait.UntilAsync("everything is stored", async () => await CountAsync(database) == Hosts * RecordsPerHost);
        var stored = Hosts * RecordsPerHost - begun;

        var memory = process.PeakMebibytes();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{stored} records in {watch.Elapsed.TotalSeconds:F1} s: {stored / watch.Elapsed.TotalSeconds:F0}/s, {process.CpuTime().TotalSeconds:F1} s of CPU, peak {memory} MiB"));
        memory.Should().BeLessThanOrEqualTo(HighestMemory);
    }

    private static async Task PublishAsync(FleetPlace place, string host)
    {
        await using var publisher = await TestPublisher.OpenAsync(place);
        for (var index = 0; index < RecordsPerHost; index += 100)
        {
            await Task.WhenAll(Enumerable.Range(index, 100).Select(one => publisher.RecordAsync(host, $"{host}/filemonitor/1", one, LineOf(one))));
        }
    }

    private static string LineOf(int index) => Line(
        index, $"/srv/area-{index % 40}/project-{index % 977}/{ShaOf($"{index}")[..32]}.dat", "Modified", content: $"{index}", user: index % 10 == 0 ? "root" : null,
        more: $",\"hints\":2,\"size\":18277,\"previousSize\":18211,\"writers\":\"None\",\"previousSha256\":\"{ShaOf("before")}\",\"fileId\":\"fe00:{index}\",\"mode\":420,\"ownerId\":0,\"groupId\":0,\"ownerName\":\"root\",\"groupName\":\"root\"");

    private static async Task<long> CountAsync(Npgsql.NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT coalesce(sum(next_index), 0)::bigint FROM journals");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

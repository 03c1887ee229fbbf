using System.Globalization;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using RabbitMQ.Client.Exceptions;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>Whatever is killed in the middle, nothing is lost and nothing is there twice.</summary>
[Collection(nameof(Services))]
public sealed class KillTests(Fleet fleet)
{
    private const int Hosts = 4;
    private const int RecordsPerHost = 1500;

    public static TheoryData<string> Parts => ["database", "broker", "collector"];

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Killed_in_the_middle_it_loses_nothing_and_doubles_nothing(string part)
    {
        var place = await fleet.PrepareAsync();
        using var process = CollectorProcess.Start(place);
        await process.UntilReadingAsync();
        await using var database = Npgsql.NpgsqlDataSource.Create(place.ConnectionString);
        var publishing = Enumerable.Range(0, Hosts).Select(host => PublishAsync(place, $"host-{host}")).ToList();
        await Wait.UntilAsync("a quarter is stored", async () => await CountAsync(database, "SELECT count(*) FROM records") > Hosts * RecordsPerHost / 4);

        CollectorProcess? second = null;
        switch (part)
        {
            case "database":
                fleet.Postgres.Kill();
                await fleet.Postgres.StartAsync();
                break;
            case "broker":
                await fleet.Broker.KillAsync();
                await fleet.Broker.StartAsync();
                break;
            default:
                process.Kill();
                second = CollectorProcess.Start(place);
                break;
        }

        await Task.WhenAll(publishing);
        await Wait.UntilAsync("everything is stored", async () => await CountAsync(database, "SELECT coalesce(sum(next_index), 0)::bigint FROM journals") == Hosts * RecordsPerHost);
        (await CountAsync(database, "SELECT count(*) FROM records")).Should().Be(Hosts * RecordsPerHost);
        (await CountAsync(database, "SELECT count(DISTINCT event_id) FROM records")).Should().Be(Hosts * RecordsPerHost);
        (await CountAsync(database, "SELECT count(*) FROM incidents")).Should().Be(0);
        second?.Dispose();
    }

    /// <summary>As a monitor: what was not confirmed goes again.</summary>
    private static async Task PublishAsync(FleetPlace place, string host)
    {
        var index = 0;
        while (index < RecordsPerHost)
        {
            try
            {
                await using var publisher = await TestPublisher.OpenAsync(place);
                for (; index < RecordsPerHost; index++)
                {
                    await publisher.RecordAsync(host, $"{host}/filemonitor/1", index, LineOf(host, index));
                }
            }
            catch (Exception lost) when (lost is RabbitMQClientException or IOException or TimeoutException or ObjectDisposedException or OperationCanceledException)
            {
                // The broker is gone; the next attempt says whether it is back.
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }

    // The id follows from host and index, so that a record that goes again is the same.
    private static string LineOf(string host, int index) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"id\":\"{new Guid(host[^1], 0, 0, [0, 0, 0, 0, .. BitConverter.GetBytes(index)])}\",\"sequence\":{index},\"kind\":\"Created\",\"monitor\":\"default\",\"path\":\"/srv/{index}\",\"occurredAt\":\"{TimeOf(index):yyyy-MM-ddTHH:mm:ssZ}\"}}");

    private static async Task<long> CountAsync(Npgsql.NpgsqlDataSource database, string sql)
    {
        try
        {
            await using var command = database.CreateCommand(sql);
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
        catch (Npgsql.NpgsqlException)
        {
            // It was killed a moment ago.
            return -1;
        }
    }
}

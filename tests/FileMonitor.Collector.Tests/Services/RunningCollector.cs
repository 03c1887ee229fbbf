using System.Text.Json;
using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Incidents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>The collector in this process, on a free port, with a database and queues of its own.</summary>
internal sealed class RunningCollector : IAsyncDisposable
{
    private readonly WebApplication _collector;

    private RunningCollector(WebApplication collector, FleetPlace place)
    {
        (_collector, Place) = (collector, place);
        Address = new Uri(collector.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        Client = new HttpClient { BaseAddress = Address };
        Database = NpgsqlDataSource.Create(place.ConnectionString);
    }

    public FleetPlace Place { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public NpgsqlDataSource Database { get; }

    public static async Task<RunningCollector> StartAsync(FleetPlace place, IReadOnlyDictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var collector = CollectorHost.Create(new CollectorCommandLine([], []), [], builder =>
        {
            builder.Configuration.AddInMemoryCollection(place.Settings);
            builder.Configuration.AddInMemoryCollection(settings);
            if (time is not null)
            {
                builder.Services.AddSingleton(time);
            }
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        var running = new RunningCollector(collector, place);
        await running.UntilReadingAsync();
        return running;
    }

    public Task UntilReadingAsync() => Wait.UntilAsync("the collector reads the queues", async () =>
    {
        using var answer = await GetAsync("/healthz");
        return answer.IsSuccessStatusCode;
    });

    /// <summary>What it looks for now and then, now.</summary>
    public Task ReviewAsync() => _collector.Services.GetRequiredService<Review>().RunOnceAsync(TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> GetAsync(string path) =>
        Client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    public async Task<string> GetTextAsync(string path)
    {
        using var answer = await GetAsync(path);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var answer = await GetAsync(path);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>The paths that a search finds, in its order.</summary>
    public async Task<List<string>> PathsAsync(string query)
    {
        var answer = await GetJsonAsync($"/api/events?{query}");
        return [.. answer.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("event").GetProperty("path").GetString()!)];
    }

    /// <summary>The kinds of the incidents that are open.</summary>
    public async Task<List<string>> OpenIncidentsAsync()
    {
        var answer = await GetJsonAsync("/api/incidents?open=true");
        return [.. answer.GetProperty("incidents").EnumerateArray().Select(one => one.GetProperty("kind").GetString()!)];
    }

    public Task UntilStoredAsync(long records) => Wait.UntilAsync($"{records} records are stored", async () => await CountAsync("SELECT count(*) FROM records") >= records);

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _collector.StopAsync(CancellationToken.None);
        await _collector.DisposeAsync();
        await Database.DisposeAsync();
    }
}

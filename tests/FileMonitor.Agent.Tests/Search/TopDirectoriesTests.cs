using CsCheck;
using FileMonitor.Agent.Search;
using FileMonitor.Agent.Tests.State;
using Xunit;

namespace FileMonitor.Agent.Tests.Search;

/// <summary>Where most changed, with bounded memory and a bound for what is counted too much.</summary>
public sealed class TopDirectoriesTests : IDisposable
{
    private readonly AgentRuns _runs = new();

    [Fact]
    public void With_room_for_all_it_counts_exactly()
    {
        var top = new TopDirectories(3);
        foreach (var directory in "abacab".Select(letter => letter.ToString()))
        {
            top.Add(directory);
        }

        Assert.Equal([new("a", 3, 3), new("b", 2, 2)], top.Most(2));
        Assert.Equal(6, top.Total);
    }

    [Fact]
    public void Without_room_no_true_count_is_outside_of_what_is_said_and_none_with_more_than_its_share_is_missing() =>
        Gen.Int[0, 30].Select(number => number * number / 30).Array[0, 400].Sample(directories =>
        {
            const int Room = 8;
            var top = new TopDirectories(Room);
            foreach (var directory in directories)
            {
                top.Add($"{directory}");
            }

            var said = top.Most(Room);
            var counted = directories.GroupBy(directory => $"{directory}").ToDictionary(group => group.Key, group => group.LongCount());
            Assert.All(said, one => Assert.InRange(counted[one.Path], one.AtLeast, one.Count));
            Assert.All(counted.Where(one => one.Value * Room > directories.Length), one => Assert.Contains(said, other => other.Path == one.Key));
        });

    [Fact]
    public async Task Directories_of_all_runs_are_counted_both_ends_of_a_move_and_no_gaps()
    {
        foreach (var name in new[] { "busy", "calm" })
        {
            Directory.CreateDirectory(_runs.PathOf(name));
        }

        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("busy/1", "busy/2");
        }

        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("busy/3", "calm/1");
        File.Move(_runs.PathOf("busy/3"), _runs.PathOf("calm/3"));
        await agent.WriteAsync("last");

        var answer = await agent.GetJsonAsync("/api/directories");
        Assert.Equal(
            [(_runs.PathOf("busy"), 4), (_runs.PathOf("calm"), 2), (_runs.Root, 1)],
            answer.GetProperty("directories").EnumerateArray().Select(one => (one.GetProperty("path").GetString()!, one.GetProperty("count").GetInt32())));
        Assert.Equal((7, true), (answer.GetProperty("total").GetInt32(), answer.GetProperty("isComplete").GetBoolean()));
        var filtered = await agent.GetJsonAsync($"/api/directories?kind=Created&limit=1&path={Uri.EscapeDataString(_runs.PathOf("calm"))}");
        Assert.Equal((_runs.PathOf("calm"), 1), (filtered.GetProperty("directories")[0].GetProperty("path").GetString()!, filtered.GetProperty("total").GetInt32()));
        Assert.Equal(0, (await agent.GetJsonAsync("/api/directories?to=2026-01-01T00:00:00Z")).GetProperty("total").GetInt32());
    }

    public void Dispose() => _runs.Dispose();
}

using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using FileMonitor.Agent.Status;
using FileMonitor.Durable;
using FileMonitor.JsonLines;
using FileMonitor.RabbitMq;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>docs/agent.md says what the agent has, and nothing else.</summary>
public sealed partial class AgentDocumentTests
{
    private const string OptionTable = "### Section Agent";
    private const string FileTable = "### A file of events";
    private const string AnchorTable = "### Anchors";
    private const string BrokerTable = "### Publishing to RabbitMQ";
    private const string EndpointTable = "## Endpoints";

    // What the options are called in the configuration, where that is not the name of the property.
    private static readonly Dictionary<string, string> Renamed = new() { ["Addresses"] = "Urls", ["JsonLinesFiles"] = "Monitors", ["Anchors"] = "AnchorDirectory" };

    /// <summary>The addresses of the table.</summary>
    internal static IReadOnlyList<string> Addresses => [.. Rows(EndpointTable).Select(row => row.Name).Where(name => name.StartsWith('/'))];

    [Fact]
    public void Every_option_is_in_the_table_and_every_option_of_the_table_exists()
    {
        var documented = Rows(OptionTable).Select(row => row.Name).ToList();

        Assert.Equal(NamesIn(Error("Agent:Nonsense", "1")), documented);
        Assert.All(documented, name => Assert.DoesNotContain("is no setting", Error($"Agent:{name}", "?"), StringComparison.Ordinal));
        Assert.All(Settable<AgentOptions>(), name => Assert.Contains(Renamed.GetValueOrDefault(name, name), documented));
    }

    [Fact]
    public void So_it_is_for_the_options_of_a_file_of_events()
    {
        var documented = Rows(FileTable).Select(row => row.Name).ToList();

        Assert.Equal(NamesIn(Error("Agent:Monitors:inbox:JsonLinesFile:Nonsense", "1")), documented);
        Assert.All(documented, name => Assert.DoesNotContain("is no setting", Error($"Agent:Monitors:inbox:JsonLinesFile:{name}", "?"), StringComparison.Ordinal));
        // The form of a line is code, which no configuration has.
        Assert.Equal(Settable<JsonLinesFileSinkOptions>().Except([nameof(JsonLinesFileSinkOptions.WriteLine)]).Append("Path").Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void So_it_is_for_the_settings_of_an_authority()
    {
        var documented = Rows(AnchorTable).ToList();

        Assert.Equal(NamesIn(Error("Agent:Timestamps:Nonsense", "1")), documented.Select(row => row.Name));
        Assert.All(documented, row => Assert.DoesNotContain("is no setting", Error($"Agent:Timestamps:{row.Name}", "?"), StringComparison.Ordinal));
        Assert.Equal($"{new TimestampAnchorOptions().Interval.TotalHours} h", documented.Single(row => row.Name == "Interval").Default);
        Assert.Equal($"{new TimestampAnchorOptions().Timeout.TotalSeconds} s", documented.Single(row => row.Name == "Timeout").Default);
    }

    [Fact]
    public void So_it_is_for_the_settings_of_a_broker()
    {
        var documented = Rows(BrokerTable).ToList();
        var options = new RabbitMqOptions();

        Assert.Equal(NamesIn(Error("Agent:RabbitMq:Nonsense", "1")), documented.Select(row => row.Name));
        Assert.All(documented, row => Assert.DoesNotContain("is no setting", Error($"Agent:RabbitMq:{row.Name}", "?"), StringComparison.Ordinal));
        Assert.Equal($"{options.Queues}", documented.Single(row => row.Name == "Queues").Default);
        Assert.Equal(options.Exchange, documented.Single(row => row.Name == "Exchange").Default.Trim('`'));
    }

    [Theory]
    [InlineData(OptionTable, "Agent:", "EventBuffer EventBufferBytes MaxReaders")]
    [InlineData(FileTable, "Agent:Monitors:inbox:JsonLinesFile:", "MaxFiles")]
    public void A_range_ends_where_the_table_says(string table, string prefix, string names)
    {
        foreach (var row in names.Split(' ').Select(name => Rows(table).Single(row => row.Name == name)))
        {
            var ends = row.Range.Split(" to ").Select(end => long.Parse(end, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)).ToList();

            Assert.All(ends, end => Assert.DoesNotContain(row.Name, Error(prefix + row.Name, $"{end}"), StringComparison.Ordinal));
            Assert.All([ends[0] - 1, ends[1] + 1], beyond => Assert.Contains(row.Name, Error(prefix + row.Name, $"{beyond}"), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Defaults_are_those_of_the_table()
    {
        var (agent, file) = (new AgentOptions(), new JsonLinesFileSinkOptions());
        var documented = Rows(OptionTable).Concat(Rows(FileTable)).ToDictionary(row => row.Name, row => row.Default);

        Assert.Equal($"`{Assert.Single(agent.Addresses)}`".TrimEnd('/'), documented["Urls"]);
        Assert.Equal($"{agent.ReaderPatience.TotalSeconds} s", documented["ReaderPatience"]);
        Assert.Equal($"{agent.VerificationInterval.TotalDays} day", documented["VerificationInterval"]);
        Assert.Equal(Number(agent.EventBuffer), documented["EventBuffer"]);
        Assert.Equal(Number(agent.EventBufferBytes), documented["EventBufferBytes"]);
        Assert.Equal(Number(agent.MaxReaders), documented["MaxReaders"]);
        Assert.Equal(Number(file.MaxFileBytes), documented["MaxFileBytes"]);
        Assert.Equal(Number(file.MaxFiles), documented["MaxFiles"]);
        Assert.Equal(file.FlushToDisk ? "`true`" : "`false`", documented["FlushToDisk"]);
        Assert.Equal($"`{Convert.ToString((int)file.FileMode, 8).PadLeft(4, '0')}`", documented["FileMode"]);
        Assert.Equal($"`{Convert.ToString((int)file.DirectoryMode, 8).PadLeft(4, '0')}`", documented["DirectoryMode"]);
    }

    [Fact]
    public async Task Every_address_is_in_the_table_and_every_address_of_the_table_answers()
    {
        await using var agent = await RunningAgent.StartAsync();

        // The page's files and the sign of life are served before routing, so that no token is asked for.
        var served = agent.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')).Concat(["/", "/healthz/live"]).ToList();
        var documented = Addresses;

        Assert.Equal(served.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        foreach (var path in documented)
        {
            using var answer = await agent.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("### Status", typeof(StatusDocument))]
    [InlineData("### Series", typeof(Agent.Events.SeriesDocument))]
    [InlineData("### History", typeof(Agent.History.HistoryDocument))]
    [InlineData("### Incidents", typeof(Agent.History.IncidentsDocument))]
    [InlineData("### Directories", typeof(Agent.Search.DirectoriesDocument))]
    public void Every_field_of_a_document_is_named(string section, Type document)
    {
        var text = Section(section);

        Assert.All(FieldsOf(document), field => Assert.Matches($@"`{char.ToLowerInvariant(field[0])}{field[1..]}(\[\])?`", text));
    }

    [Fact]
    public void Every_argument_of_the_help_is_in_the_table() =>
        Assert.All(
            Argument().Matches(AgentCommandLine.Help).Select(match => match.Groups[1].Value),
            name => Assert.Contains($"| `{name}", Section("## Start"), StringComparison.Ordinal));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Settable<T>() =>
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name);

    /// <summary>The names of all fields of a record, and of the records in it.</summary>
    private static IEnumerable<string> FieldsOf(Type record) =>
        from property in record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let inside = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType
        from name in inside.Assembly == typeof(StatusDocument).Assembly ? FieldsOf(inside).Prepend(property.Name) : [property.Name]
        select name;

    /// <summary>The names in the sentence that tells which settings there are.</summary>
    private static string[] NamesIn(string error) =>
        Names().Match(error).Groups[1].Value.Replace(" and ", ", ", StringComparison.Ordinal).Split(", ");

    /// <summary>All that the reader of the options says against one setting.</summary>
    private static string Error(string key, string value)
    {
        var errors = new List<string>();
        var settings = new Dictionary<string, string?> { ["FileMonitor:Monitors:inbox:Roots:0:Path"] = "/srv/inbox", [key] = value };
        _ = new AgentOptionsReader(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), errors).Read();
        return string.Join('\n', errors);
    }

    /// <summary>From a heading to the next one, whatever its level.</summary>
    private static string Section(string heading)
    {
        var text = RepositoryFiles.Read("docs/agent.md");
        var begin = text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"docs/agent.md has no heading {heading}.");
        var end = text.IndexOf("\n#", begin + heading.Length, StringComparison.Ordinal);
        return text[begin..(end < 0 ? text.Length : end)];
    }

    /// <summary>The rows of a section's tables whose first cell is one name.</summary>
    private static IEnumerable<(string Name, string Default, string Range)> Rows(string heading) =>
        from line in Section(heading).Split('\n')
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length > 4 && OneName().IsMatch(cells[1])
        select (cells[1].Trim('`'), cells[2], cells[3]);

    [GeneratedRegex("There are (.+)\\.")]
    private static partial Regex Names();

    [GeneratedRegex("^`[A-Za-z/.]+`$")]
    private static partial Regex OneName();

    [GeneratedRegex("(?m)^  (--[A-Za-z:]+)")]
    private static partial Regex Argument();
}

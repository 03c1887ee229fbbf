using FileMonitor.Collector.Storage;
using Npgsql;

namespace FileMonitor.Collector.Api;

/// <summary>That a path begins so, as the index is searched for it.</summary>
internal sealed class PathCondition
{
    /// <summary>The last character of Unicode: what begins with a text sorts before the text with it.</summary>
    private const string Last = "\U0010FFFF";

    private readonly string _least;
    private readonly string _most;

    public PathCondition(NpgsqlParameterCollection parameters, string prefix)
    {
        var begin = IndexedPath.Of(prefix)!;
        parameters.Add(new NpgsqlParameter<string> { TypedValue = begin });
        _least = $"${parameters.Count}";
        parameters.Add(new NpgsqlParameter<string> { TypedValue = begin + Last });
        _most = $"${parameters.Count}";
    }

    /// <param name="column">Which path.</param>
    public string Of(string column) => $"r.{column} IS NOT NULL AND r.{column} >= {_least} AND r.{column} < {_most}";
}

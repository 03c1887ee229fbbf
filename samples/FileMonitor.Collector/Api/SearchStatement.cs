using System.Text;
using FileMonitor.Collector.Storage;
using Npgsql;

namespace FileMonitor.Collector.Api;

/// <summary>The statement of one search. Values are parameters, all of them.</summary>
/// <param name="parameters">Gets the values.</param>
/// <param name="filter">What is searched for.</param>
/// <param name="journals">Those of the host; null for all.</param>
/// <param name="areFew">Whether few enough paths, and paths before, begin as the filter says.</param>
internal sealed class SearchStatement(NpgsqlParameterCollection parameters, EventFilter filter, int[]? journals, (bool Now, bool Before) areFew)
{
    /// <summary>So many entries of the index are sorted in some milliseconds.</summary>
    public const int MostSorted = 20_000;

    private const string Order = "ORDER BY occurred_at DESC, journal_id DESC, index DESC";
    private const string Place = "r.journal_id, r.index, r.occurred_at";

    public string Build()
    {
        var common = Common();
        var limit = Add(filter.Limit + 1);
        return $"""
            SELECT r.journal_id, r.index, r.line, r.stored_at, r.occurred_at, j.host, j.origin, j.checkpoint_size
            FROM (SELECT * FROM ({string.Join(" UNION ", Branches(common, limit))}) AS u {Order} LIMIT {limit}) AS p
            JOIN records r ON r.journal_id = p.journal_id AND r.index = p.index
            JOIN journals j ON j.id = p.journal_id ORDER BY p.occurred_at DESC, p.journal_id DESC, p.index DESC
            """;
    }

    /// <summary>What was renamed is found under both names; UNION leaves out the second one.</summary>
    private IEnumerable<string> Branches(string common, string limit)
    {
        if (filter.Prefix is not { } prefix)
        {
            return [$"(SELECT {Place} FROM records r WHERE {common} {Order} LIMIT {limit})"];
        }

        var begins = new PathCondition(parameters, prefix);
        var rest = filter.Glob is { } glob ? $" ~ {Add(glob.Regex)}" : prefix.Length > IndexedPath.MostLetters ? $" ^@ {Add(prefix)}" : "";
        string Whole(string column) => rest.Length == 0 ? "" : $" AND coalesce(r.long_{column}, r.{column}){rest}";
        return
        [
            Branch(areFew.Now, "path", begins.Of("path"), common + Whole("path")),
            Branch(areFew.Before, "old_path", begins.Of("old_path"), common + Whole("old_path")),
        ];

        string Branch(bool isFew, string column, string path, string others) =>
            isFew
                ? $"(SELECT {Place} FROM (SELECT * FROM records r WHERE {path} ORDER BY r.{column} LIMIT {MostSorted + 1}) AS r WHERE {others} {Order} LIMIT {limit})"
                : $"(SELECT {Place} FROM records r WHERE {path} AND {others} {Order} LIMIT {limit})";
    }

    private string Common()
    {
        var where = new StringBuilder("r.occurred_at IS NOT NULL");
        if (filter.After is { } after)
        {
            where.Append($" AND (r.occurred_at, r.journal_id, r.index) < ({Add(after.OccurredAt)}, {Add(after.Journal)}, {Add(after.Index)})");
        }

        if (journals is [var only])
        {
            where.Append($" AND r.journal_id = {Add(only)}");
        }
        else if (journals is not null)
        {
            where.Append($" AND r.journal_id = ANY ({Add(journals)})");
        }

        if (filter.Sha256 is { } sha256)
        {
            where.Append($" AND r.sha_key = {Add(RecordColumns.KeyOf(sha256))} AND r.sha256 = {Add(sha256)}");
        }

        if (filter.User is { } user)
        {
            where.Append($" AND r.actor_user = {Add(user)}");
        }

        if (filter.Program is { } program)
        {
            var parameter = Add(program);
            where.Append($" AND (r.actor_program = {parameter} OR right(r.actor_program, char_length({parameter}) + 1) = '/' || {parameter})");
        }

        AddKindsAndTimes(where);
        return where.ToString();
    }

    private void AddKindsAndTimes(StringBuilder where)
    {
        if (filter.KindNames is { } kinds)
        {
            where.Append($" AND r.kind = ANY ({Add(kinds)})");
            where.Append(kinds.Any(kind => EventFilter.Frequent.Contains($"'{kind}'", StringComparison.Ordinal)) ? "" : $" AND r.kind NOT IN ({EventFilter.Frequent})");
        }

        if (filter.From is { } from)
        {
            where.Append($" AND r.occurred_at >= {Add(from)}");
        }

        if (filter.To is { } to)
        {
            where.Append($" AND r.occurred_at < {Add(to)}");
        }
    }

    private string Add<T>(T value)
    {
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return $"${parameters.Count}";
    }
}

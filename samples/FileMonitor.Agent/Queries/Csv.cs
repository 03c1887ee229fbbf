using FileMonitor.Values;

namespace FileMonitor.Agent.Queries;

/// <summary>The lines of an export that spreadsheets open.</summary>
internal static class Csv
{
    /// <summary>One line of fields.</summary>
    public static string Line(IEnumerable<string?> fields) => string.Join(',', fields.Select(Field)) + "\r\n";

    /// <summary>
    /// One field: always in quotes, control characters as escapes, and never the begin of a formula: a spreadsheet would run what a file was named.
    /// </summary>
    public static string Field(string? text)
    {
        var shown = TerminalText.Neutralise(text ?? "");
        var isFormula = shown.Length > 0 && shown[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '|' or '%' or '＝' or '＋' or '－' or '＠';
        return $"\"{(isFormula ? "'" : "")}{shown.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

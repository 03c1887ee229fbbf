// Writes docs/platforms.md from what ran: `dotnet run --file .ci/Platforms.cs -- ROWS TEMPLATE OUTPUT TESTS RESULT.xml...`
//
// ROWS is .ci/platforms.rows, TEMPLATE the page with the table between its two marks, TESTS a directory of sources in which each class has to be, and each RESULT
// what a test program wrote with -xml under Wine. A cell names the classes of which a test passed; "in part" where others of them did not run.

using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

if (args is not [var rows, var template, var output, var tests, .. var results] || results.Length == 0)
{
    Console.Error.WriteLine("usage: Platforms ROWS TEMPLATE OUTPUT TESTS RESULT...");
    return 2;
}

const string NotRun = "not run";

var ran = results.SelectMany(result => XDocument.Load(result).Descendants("test"))
    .Select(test => (Class: test.Attribute("type")!.Value.Split('.', '+')[^1], Method: test.Attribute("method")!.Value, Result: test.Attribute("result")!.Value))
    .ToLookup(test => test.Class);

// Each class with its tests, wherever it is; a file has one.
var written = Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
    .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
    .Select(File.ReadAllText)
    .SelectMany(text => Regex.Matches(text, @"^public (?:(?:sealed|abstract|partial) )*class (\w+)", RegexOptions.Multiline).Select(found => (Name: found.Groups[1].Value, Tests: Regex.Matches(text, @"^    \[(?:Fact|Theory)", RegexOptions.Multiline).Count)))
    .ToLookup(found => found.Name, found => found.Tests);

var table = new StringBuilder("| Guarantee or feature | Linux | Windows: run under Wine | Windows: run on Windows | macOS |\n|---|---|---|---|---|\n");
foreach (var row in File.ReadLines(rows).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('|', StringSplitOptions.TrimEntries)))
{
    var classes = row[1].Split(',', StringSplitOptions.TrimEntries);
    foreach (var missing in classes.Where(name => !written.Contains(name)))
    {
        Console.Error.WriteLine($"{rows}: there is no class {missing} in {tests}.");
        return 1;
    }

    var linux = classes.Where(name => !OfWindowsOnly(name)).Select(Code);
    var wine = classes.Where(name => ran[name].Any(test => test.Result == "Pass")).Select(name => Code(name) + (IsWhole(name) ? "" : " in part"));
    table.Append($"| {row[0]} | {Cell(linux)} | {Cell(wine)} | {NotRun} | {NotRun} |\n");
}

const string Begin = "<!-- table -->\n";
const string End = "<!-- end -->\n";
var page = File.ReadAllText(template);
var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
if (begin < 0 || end < begin)
{
    Console.Error.WriteLine($"{template} has no marks for the table.");
    return 1;
}

page = page[..(begin + Begin.Length)] + "\n" + table + "\n" + page[end..];
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
File.WriteAllText(output, page);
return 0;

// Of two classes of one name in two programs each counts; a test that was left out by name is in no result.
bool IsWhole(string name) => ran[name].All(test => test.Result == "Pass") && ran[name].Select(test => test.Method).Distinct().Count() >= written[name].Sum();

static bool OfWindowsOnly(string name) => name == "WindowsFileViewTests";

static string Code(string name) => $"`{name}`";

static string Cell(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : NotRun;

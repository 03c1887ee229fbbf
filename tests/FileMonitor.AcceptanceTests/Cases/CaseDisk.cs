using System.Globalization;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>Does on the disk what the steps of a case say, as the commands of the same names do, and remembers the texts it wrote.</summary>
internal sealed class CaseDisk(WatchedDirectory watched)
{
    private const string Outside = "/outside/";

    private readonly Dictionary<string, string> _texts = [];

    public void Run(string step)
    {
        switch (Words.Of(step))
        {
            case ["write", var path, var text]:
                Remember(text);
                File.WriteAllText(PathOf(path), text);
                break;
            case ["append", var path, var text]:
                File.AppendAllText(PathOf(path), text);
                Remember(File.ReadAllText(PathOf(path)));
                break;
            case ["rm", "-r", var path]:
                Directory.Delete(PathOf(path), recursive: true);
                break;
            case ["rm", var path]:
                File.Delete(PathOf(path));
                break;
            case ["mkdir", "-p", var path]:
                Directory.CreateDirectory(PathOf(path));
                break;
            case ["mkdir", var path]:
                Directory.CreateDirectory(PathOf(path));
                break;
            case ["mv", var from, var to] when Directory.Exists(PathOf(from)) && File.ResolveLinkTarget(PathOf(from), returnFinalTarget: false) is null:
                Directory.Move(PathOf(from), PathOf(to));
                break;
            case ["mv", var from, var to]:
                if (from.Equals(to, StringComparison.OrdinalIgnoreCase))
                {
                    SystemLimits.SkipWhereNamesOfOtherCaseAreNotRenamed();
                }

                File.Move(PathOf(from), PathOf(to), overwrite: true);
                break;
            case ["exchange", var one, var other]:
                SystemLimits.SkipOnWindows("Windows exchanges no names at once.");
                UnixCalls.ExchangeNames(PathOf(one), PathOf(other));
                break;
            case ["mkfifo", var path]:
                SystemLimits.SkipOnWindows("Windows has no pipes among files.");
                UnixCalls.MakePipe(PathOf(path));
                break;
            case ["touch", "-h", var path]:
                SystemLimits.SkipOnWindows("The call is one of Unix.");
                UnixCalls.Touch(PathOf(path));
                break;
            case ["ln", "-s", var target, var path]:
                SystemLimits.SkipUnlessLinksCanBeMade();
                File.CreateSymbolicLink(PathOf(path), target);
                break;
            case ["ln", var existing, var path]:
                HardLink.Create(PathOf(existing), PathOf(path));
                break;
            case ["chmod", ..] when OperatingSystem.IsWindows():
                SystemLimits.SkipOnWindows("Windows has no modes.");
                break;
            case ["chmod", var mode, var path] when !OperatingSystem.IsWindows():
                File.SetUnixFileMode(PathOf(path), (UnixFileMode)Convert.ToInt32(mode, 8));
                break;
            case ["touch", var path]:
                File.SetLastWriteTimeUtc(PathOf(path), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
                break;
            case ["read", var path]:
                Remember(File.ReadAllText(PathOf(path)));
                break;
            case ["stat", var path]:
                _ = new FileInfo(PathOf(path)).LastWriteTimeUtc.ToString(CultureInfo.InvariantCulture);
                break;
            case ["ls", var path]:
                _ = Directory.GetFileSystemEntries(PathOf(path));
                break;
            default:
                throw new FormatException($"'{step}' is no step.");
        }
    }

    /// <summary>An event in the words of an expectation, with everything that is known.</summary>
    public string Describe(AuditEvent one)
    {
        if (one.Kind == AuditEventKind.Gap)
        {
            return $"Gap {one.Gap!.Cause} {one.Gap.Phase} {one.RelativePath} ({one.Detail})";
        }

        var suffix = SuffixOf(one.ItemType);
        var from = one.OldRelativePath is null ? "" : $"{one.OldRelativePath}{suffix} -> ";
        return $"{one.Kind} {from}{one.RelativePath}{suffix}"
            + (one.Sha256 is { } sha ? $" {Quoted(sha)}" : one.ItemType == ItemType.File ? $" checksum {one.ChecksumStatus}" : "")
            + (one.PreviousSha256 is { } previous ? $" was {Quoted(previous)}" : "")
            + (one.ReplacedSha256 is { } replaced ? $" replaced {Quoted(replaced)}" : "")
            + (one.LinkTarget is { } target ? $" target {target}" : "")
            + $" origin {one.Origin}";
    }

    public static string SuffixOf(ItemType type) => type switch
    {
        ItemType.Directory => "/",
        ItemType.SymbolicLink => "@",
        ItemType.Unknown => "?",
        _ => "",
    };

    private string PathOf(string path) => path.StartsWith(Outside, StringComparison.Ordinal) ? Path.Join(watched.Outside, path[Outside.Length..]) : watched.PathOf(path);

    private void Remember(string text) => _texts[Content.Sha256(text)] = text;

    private string Quoted(string sha256) => $"\"{_texts.GetValueOrDefault(sha256, sha256)}\"";
}

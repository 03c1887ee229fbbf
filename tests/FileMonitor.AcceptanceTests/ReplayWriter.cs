using System.Globalization;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// One writer and its dice: what programs do to files, in few names, so that several writers meet. What it does may fail, because another
/// one was faster; the disk is right in any case.
/// </summary>
/// <param name="watched">Where it writes.</param>
/// <param name="seed">The dice.</param>
/// <param name="name">Tells its own names from those of other writers.</param>
/// <param name="movesDirectories">Whether it renames directories, swaps them and moves them out.</param>
internal sealed class ReplayWriter(WatchedDirectory watched, int seed, string name, bool movesDirectories)
{
    private readonly Random _random = new(seed);
    private int _step;

    private string Text => string.Create(CultureInfo.InvariantCulture, $"{name}/{_step}/{new string('x', _random.Next(40))}");

    private string Own => string.Create(CultureInfo.InvariantCulture, $"{name}-{_step}");

    /// <summary>Directories and files for writers to begin with.</summary>
    public static void Fill(WatchedDirectory watched)
    {
        for (var i = 0; i < 30; i++)
        {
            Directory.CreateDirectory(watched.PathOf($"d{i % 3}/e{i % 2}"));
            File.WriteAllText(watched.PathOf($"d{i % 3}/e{i % 2}/f{i}"), $"{i}");
        }
    }

    public void Run(int steps)
    {
        for (var last = _step + steps; _step < last; _step++)
        {
            try
            {
                Act();
            }
            catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
            {
                // Somebody else removed or replaced it: that is what this is about.
            }
        }
    }

    private void Act()
    {
        switch (_random.Next(movesDirectories ? 20 : 16))
        {
            case 0 or 1:
                File.WriteAllText(AFile(), Text);
                break;
            case 2:
                File.AppendAllText(AFile(), Text);
                break;
            case 3:
                RewriteInPlace(AFile());
                break;
            case 4:
                SaveAtomically(AFile());
                break;
            case 5 or 6:
                // Onto a free name, or over what is there.
                File.Move(AFile(), AFile(), overwrite: true);
                break;
            case 7:
                MakeTree();
                break;
            case 8:
                Remove(AFile());
                break;
            case 9:
                Remove(ADirectory());
                break;
            case 10:
                File.Move(AFile(), Path.Join(watched.Outside, name), overwrite: true);
                break;
            case 11:
                MoveIn();
                break;
            case 12:
                ChangeMode(AFile());
                break;
            case 13:
                File.CreateSymbolicLink(AFile(), ADirectory());
                break;
            case 14:
                HardLink.Create(ALinkedFile(), ALinkedFile());
                break;
            case 15:
                ChangeLinked();
                break;
            case 16 or 17:
                Directory.Move(ADirectory(), ADirectory());
                break;
            case 18:
                Swap(ADirectory(), ADirectory());
                break;
            default:
                Directory.Move(ADirectory(), Path.Join(watched.Outside, Own));
                break;
        }
    }

    private string ADirectory() => watched.PathOf(_random.Next(3) == 0 ? $"d{_random.Next(4)}" : $"d{_random.Next(4)}/e{_random.Next(3)}");

    private string AFile() => AName("f", 12);

    // Files with several names are never written in place: no source hints at the other names. The periodic comparison finds such a write,
    // a flush does not (docs/behaviour-cases.md, 48).
    private string ALinkedFile() => AName("h", 4);

    private string AName(string prefix, int count) => Path.Join(_random.Next(4) == 0 ? watched.Root : ADirectory(), $"{prefix}{_random.Next(count)}");

    private void ChangeLinked()
    {
        switch (_random.Next(4))
        {
            case 0:
                Remove(ALinkedFile());
                break;
            case 1:
                File.Move(ALinkedFile(), ALinkedFile(), overwrite: true);
                break;
            default:
                SaveAtomically(ALinkedFile());
                break;
        }
    }

    private static void RewriteInPlace(string path)
    {
        using var file = File.OpenWrite(path);
        file.Write("rewritten in place"u8);
    }

    private void ChangeMode(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // It may be a link to a directory, which has to stay open.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | (_random.Next(2) == 0 ? UnixFileMode.GroupRead : 0));
        }
    }

    private void SaveAtomically(string path)
    {
        File.WriteAllText($"{path}.{name}.tmp", Text);
        File.Move($"{path}.{name}.tmp", path, overwrite: true);
    }

    private void MakeTree()
    {
        var directory = Directory.CreateDirectory(Path.Join(ADirectory(), $"t{_random.Next(3)}/u/v")).FullName;
        File.WriteAllText(Path.Join(directory, "deep"), Text);
        File.WriteAllText(Path.Join(Path.GetDirectoryName(directory), "middle"), Text);
    }

    private void MoveIn()
    {
        var tree = Path.Join(watched.Outside, Own);
        Directory.CreateDirectory(Path.Join(tree, "in"));
        File.WriteAllText(Path.Join(tree, "in", "moved"), Text);
        Directory.Move(tree, Path.Join(ADirectory(), $"m{_random.Next(3)}"));
    }

    private void Swap(string one, string other)
    {
        var aside = watched.PathOf(Own);
        Directory.Move(one, aside);
        Directory.Move(other, one);
        Directory.Move(aside, other);
    }

    private static void Remove(string path)
    {
        // A link to a directory is a link.
        if (File.ResolveLinkTarget(path, returnFinalTarget: false) is null && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }
}

using FileMonitor.Values;

namespace FileMonitor.Delivery;

/// <summary>The names of the owners of files, as the files of users and groups of this system have them. Owner: the pump.</summary>
internal sealed class AccountNames(TimeProvider time)
{
    private readonly AccountFile _users = new("/etc/passwd", time);
    private readonly AccountFile _groups = new("/etc/group", time);

    public string? UserOf(uint? id) => id is { } known ? _users.NameOf(known) : null;

    public string? GroupOf(uint? id) => id is { } known ? _groups.NameOf(known) : null;
}

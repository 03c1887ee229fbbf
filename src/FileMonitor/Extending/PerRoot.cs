namespace FileMonitor.Extending;

/// <summary>
/// One value for each root, made when it is first asked for. A root that was removed has a value that nobody else sees, so that late work about it harms
/// nothing. Without a lock: it belongs to whoever has it.
/// </summary>
internal sealed class PerRoot<T>(Func<MonitoredRoot, T> make)
    where T : class
{
    private (MonitoredRoot Root, T Value)?[] _slots = [];

    /// <summary>The values that were made and not removed, by the index of the root.</summary>
    public T[] All { get; private set; } = [];

    /// <summary>Whether a root has a value.</summary>
    public bool Has(MonitoredRoot root) => root.Index < _slots.Length && _slots[root.Index]?.Root == root;

    public T this[MonitoredRoot root] => root.Index < _slots.Length && _slots[root.Index] is { } slot && slot.Root == root ? slot.Value : Add(root);

    /// <summary>Sets the value of a root.</summary>
    public void Set(MonitoredRoot root, T value)
    {
        if (root.Index >= _slots.Length)
        {
            Array.Resize(ref _slots, root.Index + 1);
        }

        _slots[root.Index] = (root, value);
        List();
    }

    /// <summary>Forgets the value of a root, which is removed.</summary>
    public void Remove(MonitoredRoot root)
    {
        if (Has(root))
        {
            _slots[root.Index] = null;
            List();
        }
    }

    private T Add(MonitoredRoot root)
    {
        var value = make(root);
        if (!root.IsRemoved)
        {
            Set(root, value);
        }

        return value;
    }

    private void List() => All = [.. _slots.Where(static slot => slot is not null).Select(static slot => slot!.Value.Value)];
}

@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (6 + 7) / 8) { return; }
  let i = group * 8 + lane;
  if (i < 6) {
    let f_0 = arg0[i];
    let f_1 = exp(f_0);
    out[i] = f_1 * 3.0f;
  }
}
